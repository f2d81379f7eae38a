// Work of a session, one piece after the other. Who waits is told at once when a signal ends it, or the session.

export class WorkQueue {
  readonly #ended = new AbortController();
  #last: Promise<unknown> = Promise.resolve();

  /** Does `work` when everything before is done, unless `signal` comes first. Rejects with a signal's own reason. */
  async add<T>(signal: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const stop = new AbortController();
    const release = [signal, this.#ended.signal].map((one) => follow(one, stop));
    try {
      stop.signal.throwIfAborted();
      const mine = this.#last.then(() => {
        stop.signal.throwIfAborted();
        return work(stop.signal);
      });
      this.#last = mine.catch(() => {});
      return await unlessAborted(mine, stop.signal);
    } finally {
      for (const one of release) one();
    }
  }

  /** Ends everything under way, and refuses what comes later. */
  end(reason: unknown): void {
    this.#ended.abort(reason);
  }
}

function follow(signal: AbortSignal | undefined, stop: AbortController): () => void {
  const abort = () => stop.abort(signal?.reason);
  if (signal?.aborted) abort();
  signal?.addEventListener('abort', abort, { once: true });
  return () => signal?.removeEventListener('abort', abort);
}

/** The same result, but an abort rejects at once with the signal's own reason. */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  const isDone = new AbortController();
  const aborted = new Promise<never>((_, reject) => {
    const stop = () => reject(signal?.reason as Error);
    if (signal?.aborted) stop();
    signal?.addEventListener('abort', stop, { once: true, signal: isDone.signal });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    isDone.abort();
  }
}
