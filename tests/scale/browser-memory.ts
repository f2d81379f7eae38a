// What a browser takes while something runs in it: memory of its processes from Linux, and the JavaScript heaps with their
// array buffers from the browser's own debugger.

import { readdirSync, readFileSync } from 'node:fs';
import type { CDPSession } from 'playwright-core';

const periodMs = 200;

export interface Peaks {
  /** Proportional set size of all processes together. */
  readonly pssBytes: number;
  /** Heaps and array buffers of the page and its workers together. */
  readonly scriptBytes: number;
  readonly samples: number;
  /** Samples that saw a worker beside the page. */
  readonly workerSamples: number;
}

function procFile(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return ''; // it has ended
  }
}

/** The process whose command line names the profile, and all that descend from it. */
export function browserProcesses(profile: string): number[] {
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger);
  const parents = new Map(
    pids.map((pid) => [pid, Number(/^PPid:\s+(\d+)$/m.exec(procFile(pid, 'status'))?.[1] ?? 0)]),
  );
  const tree = new Set(
    pids.filter((pid) => procFile(pid, 'cmdline').split('\0').includes(`--user-data-dir=${profile}`)),
  );
  for (let before = -1; before !== tree.size;) {
    before = tree.size;
    for (const [pid, parent] of parents) if (tree.has(parent)) tree.add(pid);
  }
  return [...tree];
}

function pssBytes(pids: readonly number[]): number {
  const kib = pids.map((pid) => Number(/^Pss:\s+(\d+) kB$/m.exec(procFile(pid, 'smaps_rollup'))?.[1] ?? 0));
  return 1024 * kib.reduce((sum, value) => sum + value, 0);
}

const freedBytes = 1e9; // an idle browser takes a few hundred megabytes
const freeingMs = 30_000;

/** Waits until the processes have given a model's memory back, so that the next measurement does not pay for it. */
export async function memoryFreed(profile: string): Promise<void> {
  const startMs = performance.now();
  for (;;) {
    const bytes = pssBytes(browserProcesses(profile));
    if (bytes < freedBytes) return;
    if (performance.now() - startMs > freeingMs)
      throw new Error(
        `the browser still takes ${(bytes / 1e6).toFixed(0)} MB although the model was disposed`,
      );
    await new Promise((resolve) => setTimeout(resolve, periodMs));
  }
}

/** What `Runtime.getHeapUsage` tells; the last three came with Chromium 133. */
interface HeapUsage {
  readonly usedSize: number;
  readonly embedderHeapUsedSize?: number;
  readonly backingStorageSize?: number;
}

/** Follows the workers of one page, which have heaps of their own. */
export class HeapWatch {
  readonly #session: CDPSession;
  readonly #workers = new Set<string>();
  readonly #replies = new Map<number, (usage: HeapUsage | null) => void>();
  #nextId = 1;

  private constructor(session: CDPSession) {
    this.#session = session;
  }

  static async open(session: CDPSession): Promise<HeapWatch> {
    const watch = new HeapWatch(session);
    session.on('Target.attachedToTarget', ({ sessionId, targetInfo }) => {
      if (targetInfo.type === 'worker') watch.#workers.add(sessionId);
    });
    session.on('Target.detachedFromTarget', ({ sessionId }) => {
      watch.#workers.delete(sessionId);
      watch.#settleAll();
    });
    session.on('Target.receivedMessageFromTarget', ({ message }) => {
      const { id, result } = JSON.parse(message) as { id?: number; result?: HeapUsage };
      if (id !== undefined) watch.#settle(id, result ?? null);
    });
    await session.send('Target.setAutoAttach', {
      autoAttach: true,
      waitForDebuggerOnStart: false,
      flatten: false,
    });
    return watch;
  }

  /** Bytes of all heaps now; `workers` is how many answered. */
  async sample(): Promise<{ bytes: number; workers: number }> {
    const page: HeapUsage = await this.#session.send('Runtime.getHeapUsage');
    const answers = await Promise.all([...this.#workers].map((sessionId) => this.#ask(sessionId)));
    const workers = answers.filter((usage) => usage !== null);
    for (const { backingStorageSize } of [page, ...workers])
      if (backingStorageSize === undefined) throw new Error('This Chromium does not count array buffers.');
    const bytes = [page, ...workers].reduce(
      (sum, usage) =>
        sum + usage.usedSize + (usage.embedderHeapUsedSize ?? 0) + (usage.backingStorageSize ?? 0),
      0,
    );
    return { bytes, workers: workers.length };
  }

  #ask(sessionId: string): Promise<HeapUsage | null> {
    const id = this.#nextId++;
    const message = JSON.stringify({ id, method: 'Runtime.getHeapUsage' });
    return new Promise((resolve) => {
      this.#replies.set(id, resolve);
      this.#session
        .send('Target.sendMessageToTarget', { sessionId, message })
        .catch(() => this.#settle(id, null));
    });
  }

  #settle(id: number, usage: HeapUsage | null): void {
    this.#replies.get(id)?.(usage);
    this.#replies.delete(id);
  }

  /** A worker that ended answers no more; the others are asked again with the next sample. */
  #settleAll(): void {
    for (const id of [...this.#replies.keys()]) this.#settle(id, null);
  }
}

/** Runs `work` and watches the browser meanwhile. */
export async function withPeaks<T>(
  profile: string,
  heaps: HeapWatch,
  work: () => Promise<T>,
): Promise<{ value: T; peaks: Peaks }> {
  const pids = browserProcesses(profile);
  const peaks = { pssBytes: 0, scriptBytes: 0, samples: 0, workerSamples: 0 };
  let busy = false;
  let failure: Error | null = null;
  const sample = async () => {
    if (busy) return;
    busy = true;
    try {
      const { bytes, workers } = await heaps.sample();
      peaks.scriptBytes = Math.max(peaks.scriptBytes, bytes);
      peaks.pssBytes = Math.max(peaks.pssBytes, pssBytes(pids));
      peaks.samples++;
      if (workers > 0) peaks.workerSamples++;
    } catch (error) {
      failure ??= error instanceof Error ? error : new Error(String(error));
    }
    busy = false;
  };
  const timer = setInterval(() => void sample(), periodMs);
  try {
    const value = await work();
    // Set in a callback, which the compiler does not see.
    if (failure) throw failure as Error;
    return { value, peaks };
  } finally {
    clearInterval(timer);
  }
}
