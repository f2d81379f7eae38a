// How long to wait before a server is asked again. Time and chance come from outside, so that tests decide both.

export interface Backoff {
  readonly firstWaitMs: number;
  readonly longestWaitMs: number;
  /** A number in [0, 1). */
  readonly random: () => number;
}

/** Doubles with every failure (1, 2, ...); half of it is chance, so that many do not come back at once. */
export function backoffMs(failures: number, { firstWaitMs, longestWaitMs, random }: Backoff): number {
  const wait = Math.min(firstWaitMs * 2 ** Math.max(failures - 1, 0), longestWaitMs);
  return (wait / 2) * (1 + random());
}

/** Milliseconds that a Retry-After header asks for (seconds or a date); null when it says nothing. */
export function retryAfterMs(header: string | null, nowMs: number): number | null {
  if (header === null) return null;
  if (/^\s*\d{1,9}(\.\d+)?\s*$/.test(header)) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? null : Math.max(date - nowMs, 0);
}

/** Rejects with the signal's reason as soon as it is aborted. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
