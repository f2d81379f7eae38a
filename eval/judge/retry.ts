// When a judge is asked again, and when it is given up. Time and chance come from outside, so that tests decide both.

export interface JudgePolicy {
  /** Milliseconds that one request may take, its answer included. */
  readonly timeoutMs: number;
  /** Requests for one answer, until one is answered. */
  readonly attempts: number;
  /** Answers to one request that cannot be read, until it is given up. */
  readonly readings: number;
  readonly firstWaitMs: number;
  /** Also the longest that a Retry-After is obeyed; who asks for more is given up. */
  readonly longestWaitMs: number;
  /** A number in [0, 1). */
  readonly random: () => number;
  /** Rejects with the signal's reason as soon as it is aborted. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly now: () => number;
}

export const defaultPolicy: JudgePolicy = {
  timeoutMs: 120_000,
  attempts: 6,
  readings: 3,
  firstWaitMs: 1000,
  longestWaitMs: 60_000,
  random: Math.random,
  sleep,
  now: Date.now,
};

/** Doubles with every failure (1, 2 ...); half of it is chance, so that questions side by side do not come back at once. */
export function backoffMs(failures: number, { firstWaitMs, longestWaitMs, random }: JudgePolicy): number {
  return (Math.min(firstWaitMs * 2 ** (failures - 1), longestWaitMs) / 2) * (1 + random());
}

/** Milliseconds that a Retry-After header asks for, which has seconds or a date; null where it says nothing. */
export function retryAfterMs(header: string | null, nowMs: number): number | null {
  if (header === null) return null;
  if (/^\s*\d{1,9}(\.\d+)?\s*$/.test(header)) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? null : Math.max(date - nowMs, 0);
}

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
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
