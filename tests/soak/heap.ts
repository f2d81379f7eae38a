// Bytes of objects that live in a page and in its workers, after everything else was collected.

import type { CDPSession, Page } from 'playwright-core';
import { objectBytes } from '../heap-objects.ts';

export interface Heap {
  readonly page: number;
  readonly worker: number;
}

const snapshotPart = 'HeapProfiler.addHeapSnapshotChunk';

export class HeapWatch {
  readonly #session: CDPSession;
  /** Sessions of workers that live. */
  readonly #workers = new Set<string>();
  readonly #waiting = new Map<number, (result: unknown) => void>();
  #next = 1;
  /** Parts of the snapshot that is being taken, in a worker and in the page. */
  #parts: string[] = [];

  private constructor(session: CDPSession) {
    this.#session = session;
    session.on(snapshotPart, ({ chunk }) => this.#parts.push(chunk));
    session.on('Target.attachedToTarget', ({ sessionId }) => this.#workers.add(sessionId));
    session.on('Target.detachedFromTarget', ({ sessionId }) => this.#workers.delete(sessionId));
    session.on('Target.receivedMessageFromTarget', ({ message }) => {
      const { id, result, method, params } = JSON.parse(message) as {
        id?: number;
        result?: unknown;
        method?: string;
        params?: { chunk?: string };
      };
      if (method === snapshotPart) this.#parts.push(params?.chunk ?? '');
      if (id !== undefined) this.#waiting.get(id)?.(result);
    });
  }

  static async of(page: Page): Promise<HeapWatch> {
    const session = await page.context().newCDPSession(page);
    const watch = new HeapWatch(session);
    await session.send('Target.setAutoAttach', {
      autoAttach: true,
      waitForDebuggerOnStart: false,
      flatten: false,
    });
    return watch;
  }

  /** Takes about a second. */
  async measure(): Promise<Heap> {
    this.#parts = [];
    await this.#session.send('HeapProfiler.takeHeapSnapshot');
    const page = objectBytes(this.#parts.join(''));
    let worker = 0;
    for (const sessionId of this.#workers) {
      this.#parts = [];
      // A worker that ends meanwhile has no heap any more.
      if ((await this.#inWorker(sessionId, 'HeapProfiler.takeHeapSnapshot')) !== null)
        worker += objectBytes(this.#parts.join(''));
    }
    return { page, worker };
  }

  /** null where the worker has ended meanwhile. */
  async #inWorker(sessionId: string, method: string): Promise<unknown> {
    const id = this.#next++;
    const answer = new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      setTimeout(() => resolve(null), 60_000);
    });
    const message = JSON.stringify({ id, method, params: {} });
    await this.#session.send('Target.sendMessageToTarget', { sessionId, message });
    const result = await answer;
    this.#waiting.delete(id);
    return result;
  }
}
