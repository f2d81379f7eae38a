// Distances between tensors.

/** |actual - expected| / |expected| in Euclidean norms. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length)
    throw new Error(`${actual.length} values against ${expected.length} expected ones`);
  let difference = 0;
  let size = 0;
  for (let i = 0; i < expected.length; i++) {
    const wanted = expected[i] ?? NaN;
    difference += ((actual[i] ?? NaN) - wanted) ** 2;
    size += wanted ** 2;
  }
  return Math.sqrt(difference / size);
}

export function argmaxOf(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if ((values[i] ?? NaN) > (values[best] ?? NaN)) best = i;
  return best;
}
