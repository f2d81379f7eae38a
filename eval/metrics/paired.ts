// Whether two runs over the same questions differ, question by question. A sign-flip permutation test of the mean difference
// (Fisher): if the runs were the same, each difference might as well have the other sign. It assumes no distribution, which
// suits scores between 0 and 1 with many ties, and for right-or-wrong scores it is McNemar's exact test. The interval beside it
// is the bootstrap's, over questions.

import { bootstrapMean, type BootstrapOptions, type Interval } from './bootstrap.ts';
import { randomIndices } from './random.ts';

export interface PairedResult {
  /** Mean of after - before, and its interval. */
  readonly difference: Interval;
  /** Two-sided: how likely a mean difference at least as large is without any. */
  readonly pValue: number;
  /** Whether all signs were tried; else `draws` of them. */
  readonly isExact: boolean;
  readonly better: number;
  readonly worse: number;
  readonly same: number;
}

export interface PairedOptions extends BootstrapOptions {
  /** Signs that are drawn where there are too many to try all; default 10,000. */
  readonly draws?: number;
}

/** Up to so many questions that differ all 2^n signs are tried. */
export const exactUpTo = 14;

/**
 * Compares scores of the same questions in the same order; null where there are none.
 * @throws RangeError for different lengths and scores that are not finite.
 */
export function pairedTest(
  before: readonly number[],
  after: readonly number[],
  { draws = 10_000, ...options }: PairedOptions = {},
): PairedResult | null {
  if (before.length !== after.length)
    throw new RangeError(
      `A paired test needs the scores of the same questions, got ${before.length} and ${after.length}.`,
    );
  if (!Number.isInteger(draws) || draws < 1)
    throw new RangeError(`options.draws must be a positive integer, got ${draws}.`);
  const differences = after.map((score, i) => score - (before[i] ?? NaN));
  const bad = differences.findIndex((difference) => !Number.isFinite(difference));
  if (bad >= 0)
    throw new RangeError(
      `Question ${bad} has the scores ${before[bad]} and ${after[bad]}; both must be finite.`,
    );
  const difference = bootstrapMean(differences, options);
  if (!difference) return null;
  // A question without a difference has no sign to flip.
  const moved = differences.filter((value) => value !== 0);
  const better = moved.filter((value) => value > 0).length;
  const isExact = moved.length <= exactUpTo;
  return {
    difference,
    pValue: isExact ? exactShare(moved) : drawnShare(moved, draws, options.seed ?? 0),
    isExact,
    better,
    worse: moved.length - better,
    same: differences.length - moved.length,
  };
}

function isAsLarge(sum: number, observed: number): boolean {
  // Sums in another order differ by rounding.
  return Math.abs(sum) >= Math.abs(observed) - 1e-12 * (1 + Math.abs(observed));
}

function exactShare(moved: readonly number[]): number {
  const observed = moved.reduce((a, b) => a + b, 0);
  const all = 2 ** moved.length;
  let extreme = 0;
  for (let signs = 0; signs < all; signs++)
    if (
      isAsLarge(
        moved.reduce((sum, value, i) => sum + ((signs >> i) & 1 ? -value : value), 0),
        observed,
      )
    )
      extreme++;
  return extreme / all;
}

/** (extreme + 1) / (draws + 1): what was observed is one of the possible signs, so that no p is 0. */
function drawnShare(moved: readonly number[], draws: number, seed: number): number {
  const observed = moved.reduce((a, b) => a + b, 0);
  const draw = randomIndices(seed);
  let extreme = 0;
  for (let i = 0; i < draws; i++)
    if (
      isAsLarge(
        moved.reduce((sum, value) => sum + (draw(2) === 0 ? -value : value), 0),
        observed,
      )
    )
      extreme++;
  return (extreme + 1) / (draws + 1);
}
