// When to try again, and when to stop. Time and chance come from outside, so that tests decide both.

import { sleep, type Backoff } from '../../net/retry.ts';

export interface RetryPolicy extends Backoff {
  /** Milliseconds without a byte after which a connection counts as dead. */
  readonly stallMs: number;
  /** Failures in a row without a new byte before giving up. */
  readonly failures: number;
  /** How often the same bytes are fetched when they arrive wrong. */
  readonly fetches: number;
  /** Connections for one request at most: bounds a server that sends a few bytes and hangs up. */
  readonly connections: number;
  /** Also the longest that a server's Retry-After is obeyed; who asks for more ends the work. */
  readonly longestWaitMs: number;
  /** Rejects with the signal's reason as soon as it is aborted. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly now: () => number;
  /** Told in a sentence why nothing happens for a while. */
  readonly onWait?: OnWait;
}

export type OnWait = ((text: string) => void) | undefined;

export const defaultPolicy: RetryPolicy = {
  stallMs: 20_000,
  failures: 6,
  fetches: 3,
  connections: 100,
  firstWaitMs: 500,
  longestWaitMs: 60_000,
  random: Math.random,
  sleep,
  now: Date.now,
};

const silentMs = 2000; // a wait that nobody wonders about

/** Waits before asking again; `why` is what came of the last attempt. Rejects with the signal's reason. */
export async function waitAgain(
  policy: RetryPolicy,
  ms: number,
  why: string,
  signal: AbortSignal,
): Promise<void> {
  if (ms > silentMs)
    policy.onWait?.(`${why.slice(0, 1).toUpperCase()}${why.slice(1)}; asking again in ${secondsOf(ms)}.`);
  await policy.sleep(ms, signal);
}

/** Whole seconds, rounded up. */
export function secondsOf(ms: number): string {
  return `${Math.ceil(ms / 1000)} s`;
}
