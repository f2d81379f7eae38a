// Work that is cancelled at random moments ends with the signal's reason, leaves no buffer, and can be done again.

import { expect } from 'vitest';
import { seededRandom } from '../src/decoder/sampling.ts';
import type { LiveBuffers } from './live-buffers.ts';

export interface CancelledWork<T> {
  readonly buffers: LiveBuffers;
  readonly cancels: number;
  readonly seed: number;
  /** Gives the same every time that it is left alone. */
  readonly work: (signal?: AbortSignal) => Promise<T>;
}

export async function cancelAtRandom<T>({ buffers, cancels, seed, work }: CancelledWork<T>): Promise<void> {
  const wanted = await work();
  let wholeMs = 0;
  const undisturbed = async (): Promise<void> => {
    const startMs = performance.now();
    expect(await work()).toEqual(wanted);
    // A machine's speed changes while hundreds of runs go by.
    wholeMs = performance.now() - startMs;
  };
  await undisturbed();
  const kept = buffers.count;
  const random = seededRandom(seed);
  let cancelled = 0;
  for (let run = 0; run < cancels; run++) {
    const controller = new AbortController();
    const reason = new Error(`run ${run} is not wanted`);
    const timer = setTimeout(() => controller.abort(reason), random() * wholeMs);
    try {
      // Slower or faster than the one before: either outcome is right, and most must be cancelled.
      expect(await work(controller.signal)).toEqual(wanted);
    } catch (error) {
      expect(error).toBe(reason);
      cancelled += 1;
    } finally {
      clearTimeout(timer);
    }
    await undisturbed();
    expect(buffers.count).toBe(kept);
  }
  expect(cancelled).toBeGreaterThanOrEqual(cancels / 2);
}
