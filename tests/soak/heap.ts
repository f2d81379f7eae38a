// Bytes of JavaScript that live in a page and in its workers, after everything else was collected: of objects, and not of the
// machine code that the browser makes of what runs often, which grows for thousands of steps and then stays.

import type { CDPSession, Page } from 'playwright-core';

export interface Heap {
  readonly page: number;
  readonly worker: number;
}

interface Snapshot {
  readonly snapshot: {
    readonly meta: {
      readonly node_fields: readonly string[];
      readonly node_types: readonly [readonly string[]];
    };
  };
  readonly nodes: readonly number[];
  readonly strings: readonly string[];
}

// What the driver's own debugger and the page's list of requests keep of every request, the latter up to 250 of them.
const recordsOfRequests =
  /^(blink::NetworkResourcesData|PerformanceResourceTiming|blink::\w+Backing<.*\bPerformance)/;

/** Bytes of everything in a heap snapshot that is neither code nor a record of a request. */
function objectBytes(text: string): number {
  const { snapshot, nodes, strings } = JSON.parse(text) as Snapshot;
  const { node_fields: fields, node_types: types } = snapshot.meta;
  const [type, name, size] = ['type', 'name', 'self_size'].map((field) => fields.indexOf(field)) as [
    number,
    number,
    number,
  ];
  const records = new Set(strings.flatMap((one, i) => (recordsOfRequests.test(one) ? [i] : [])));
  const code = types[0].indexOf('code');
  let bytes = 0;
  for (let i = 0; i < nodes.length; i += fields.length)
    if (nodes[i + type] !== code && !records.has(nodes[i + name] ?? -1)) bytes += nodes[i + size] ?? 0;
  return bytes;
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
