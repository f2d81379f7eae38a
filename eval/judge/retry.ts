// When a judge is asked again, and when it is given up. Time and chance come from outside, so that tests decide both.

import { sleep, type Backoff } from '../../src/net/retry.ts';

export interface JudgePolicy extends Backoff {
  /** Milliseconds that one request may take, its answer included. */
  readonly timeoutMs: number;
  /** Requests for one answer, until one is answered. */
  readonly attempts: number;
  /** Answers to one request that cannot be read, until it is given up. */
  readonly readings: number;
  /** Also the longest that a Retry-After is obeyed; who asks for more is given up. */
  readonly longestWaitMs: number;
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
