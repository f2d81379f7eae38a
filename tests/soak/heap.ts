// Bytes of JavaScript that live in a page and in its workers, after everything else was collected.

import type { CDPSession, Page } from 'playwright-core';

export interface Heap {
  readonly page: number;
  readonly worker: number;
}

interface Usage {
  readonly usedSize: number;
}

export class HeapWatch {
  readonly #session: CDPSession;
  /** Sessions of workers that live. */
  readonly #workers = new Set<string>();
  readonly #waiting = new Map<number, (result: unknown) => void>();
  #next = 1;

  private constructor(session: CDPSession) {
    this.#session = session;
    session.on('Target.attachedToTarget', ({ sessionId }) => this.#workers.add(sessionId));
    session.on('Target.detachedFromTarget', ({ sessionId }) => this.#workers.delete(sessionId));
    session.on('Target.receivedMessageFromTarget', ({ message }) => {
      const { id, result } = JSON.parse(message) as { id?: number; result?: unknown };
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

  async measure(): Promise<Heap> {
    await this.#session.send('HeapProfiler.collectGarbage');
    const { usedSize: page } = await this.#session.send('Runtime.getHeapUsage');
    let worker = 0;
    for (const sessionId of this.#workers) {
      await this.#inWorker(sessionId, 'HeapProfiler.collectGarbage');
      worker += ((await this.#inWorker(sessionId, 'Runtime.getHeapUsage')) as Usage | null)?.usedSize ?? 0;
    }
    return { page, worker };
  }

  /** null where the worker has ended meanwhile. */
  async #inWorker(sessionId: string, method: string): Promise<unknown> {
    const id = this.#next++;
    const answer = new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      setTimeout(() => resolve(null), 10_000);
    });
    const message = JSON.stringify({ id, method, params: {} });
    await this.#session.send('Target.sendMessageToTarget', { sessionId, message });
    const result = await answer;
    this.#waiting.delete(id);
    return result;
  }
}
