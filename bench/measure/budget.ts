// Which rows are measured first, and whether one more is begun, where the time is limited.

import type { BenchCase } from './types.ts';

/** Rows that say nothing about how they are worth. */
const usualWorth = 3;
/** Seconds of a row that says nothing about how long it takes: opening, checking and timing on a GPU. */
const usualSec = 3;

/** Rows in order of their worth, those of equal worth in their own order. */
export function byWorth(cases: readonly BenchCase[]): BenchCase[] {
  return [...cases].sort((a, b) => (a.worth ?? usualWorth) - (b.worth ?? usualWorth));
}

/** A time limit for a whole run; without seconds there is none. */
export class Budget {
  readonly #now: () => number;
  readonly #endMs: number;

  constructor(seconds: number | null, now: () => number = () => performance.now()) {
    this.#now = now;
    this.#endMs = seconds === null ? Infinity : now() + seconds * 1000;
  }

  get leftMs(): number {
    return this.#endMs - this.#now();
  }

  /** True where the row is expected to be done before the end. */
  hasTimeFor({ gpuSec = usualSec }: Pick<BenchCase, 'gpuSec'>): boolean {
    return this.leftMs >= gpuSec * 1000;
  }
}
