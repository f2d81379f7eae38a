// Seeded chance for scenes: the same seed draws the same numbers on every machine.

import { randomShares } from '../metrics/random.ts';

/** What a scene is drawn by. */
export interface Dice {
  /** Evenly between `low` and `high`. */
  uniform(low: number, high: number): number;
  /** A whole number from `low` to `below`, without the latter. */
  whole(low: number, below: number): number;
  /** True with this probability. */
  chance(probability: number): boolean;
  pick<const T>(list: readonly [T, ...T[]]): T;
  /** Gaussian, with mean 0 and deviation 1. */
  normal(): number;
}

/**
 * The dice of scene number `index` of a set. Each scene has dice of its own, so that scene 17 can be made without the 16 before
 * it and a larger set begins with the smaller one.
 */
export function dice(seed: number, index: number): Dice {
  const next = randomShares(seed, index);
  const whole = (low: number, below: number) => low + Math.floor(next() * (below - low));
  return {
    uniform: (low, high) => low + (high - low) * next(),
    whole,
    chance: (probability) => next() < probability,
    pick: (list) => list[whole(0, list.length)] ?? list[0],
    // Box and Muller; 1 - u is never 0, whose logarithm is not finite.
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
  };
}
