// Compares what a contender computed with its reference.

import type { CheckResult } from './types.ts';

/** Largest difference relative to the reference's largest value; NaN anywhere makes it infinite. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length || expected.length === 0) return Infinity;
  let difference = 0;
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    const wanted = expected[i] ?? NaN;
    const off = Math.abs((actual[i] ?? NaN) - wanted);
    if (Number.isNaN(off)) return Infinity;
    difference = Math.max(difference, off);
    largest = Math.max(largest, Math.abs(wanted));
  }
  return largest === 0 ? (difference === 0 ? 0 : Infinity) : difference / largest;
}

export function checked(actual: ArrayLike<number>, expected: ArrayLike<number>, limit: number): CheckResult {
  const error = relativeError(actual, expected);
  return { ok: error <= limit, error, limit };
}
