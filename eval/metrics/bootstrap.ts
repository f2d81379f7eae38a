// How far a score might be off because these questions were asked and not others: percentile intervals of the bootstrap (Efron).

import { randomIndices } from './random.ts';

export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface BootstrapOptions {
  /** Default 0. */
  readonly seed?: number;
  /** Default 2000. */
  readonly resamples?: number;
  /** Share of the resamples inside; default 0.95. */
  readonly level?: number;
}

/** The value below which a share `q` of ascending values lies, with linear interpolation between two. */
export function quantile(ascending: readonly number[], q: number): number {
  const place = q * (ascending.length - 1);
  const low = ascending[Math.floor(place)] ?? NaN;
  const high = ascending[Math.ceil(place)] ?? NaN;
  return low + (high - low) * (place - Math.floor(place));
}

/**
 * `statistic` of `count` questions, given as their numbers, and its interval over resamples of them with replacement. null where
 * there are no questions.
 * @throws RangeError for options that make no interval and a statistic that is not finite.
 */
export function bootstrap(
  count: number,
  statistic: (questions: readonly number[]) => number,
  { seed = 0, resamples = 2000, level = 0.95 }: BootstrapOptions = {},
): Interval | null {
  if (!Number.isInteger(resamples) || resamples < 1)
    throw new RangeError(`options.resamples must be a positive integer, got ${resamples}.`);
  if (!(level > 0 && level < 1))
    throw new RangeError(`options.level must lie between 0 and 1, got ${level}.`);
  if (count === 0) return null;
  const value = statistic(Array.from({ length: count }, (_, i) => i));
  const draw = randomIndices(seed);
  const values = Array.from({ length: resamples }, () =>
    statistic(Array.from({ length: count }, () => draw(count))),
  );
  const bad = [value, ...values].find((one) => !Number.isFinite(one));
  if (bad !== undefined) throw new RangeError(`The statistic of a resample is ${bad}, not a finite number.`);
  values.sort((a, b) => a - b);
  return { value, low: quantile(values, (1 - level) / 2), high: quantile(values, (1 + level) / 2) };
}

/** The mean of scores, one per question, and its interval; null where there are none. */
export function bootstrapMean(scores: readonly number[], options?: BootstrapOptions): Interval | null {
  return bootstrap(
    scores.length,
    (questions) => questions.reduce((sum, i) => sum + (scores[i] ?? NaN), 0) / questions.length,
    options,
  );
}
