// The scale of a block of weights. The values of a block come as f64 with zeros behind the row's end.

import { halfOf, halfValues } from './half.ts';

/** Bits of a scale as it is stored: one that would round to 0 becomes the smallest f16. */
export function storedScale(scale: number): number {
  const half = halfOf(scale);
  return (half & 0x7fff) === 0 && scale !== 0 ? half | 1 : half;
}

const rounding = 1.5 * 2 ** 52; // added and taken away again, it leaves the nearest integer

/**
 * q8: the largest magnitude becomes code 127, 126 or 125, whichever leaves the least squared error. The codes of a block
 * fall on its values by chance, and the best of three throws is worth 5%. The result is an f16.
 */
export function q8Scale(values: Float64Array, largest: number): number {
  if (largest === 0) return 0;
  const known = halfValues();
  const a = known[storedScale(largest / 127)] ?? 0;
  const b = known[storedScale(largest / 126)] ?? 0;
  const c = known[storedScale(largest / 125)] ?? 0;
  const [inverseA, inverseB, inverseC] = [1 / a, 1 / b, 1 / c];
  let errorA = 0;
  let errorB = 0;
  let errorC = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    const stepsA = value * inverseA;
    const stepsB = value * inverseB;
    const stepsC = value * inverseC;
    const offA = stepsA - (stepsA + rounding - rounding);
    const offB = stepsB - (stepsB + rounding - rounding);
    const offC = stepsC - (stepsC + rounding - rounding);
    errorA += offA * offA;
    errorB += offB * offB;
    errorC += offC * offC;
  }
  errorA *= a * a;
  errorB *= b * b;
  errorC *= c * c;
  // An infinite scale has the error NaN, which is not below anything.
  const scale = errorB < errorA ? b : a;
  return errorC < Math.min(errorA, errorB) ? c : scale;
}

// Steps from 0 to the value of largest magnitude that are tried; with 8.1 its code is 0, which stands for -8. None is a
// multiple of a half, where rounding errors would decide about the codes.
const q4Steps = [7.1, 7.6, 8.1, 8.6, 9.1];

const vanishing = 1e-30; // far below the smallest scale; in f32, which kernels compute in, the inverse might be infinite

/**
 * q4: for each number of steps, the codes it gives and the scale with the least squared error for these codes; the best
 * of them. `extreme` is the value of largest magnitude with its sign.
 *
 * For codes c the error sum (v - s c)^2 is least at s = (sum v c) / (sum c c), where it is lower by (sum v c)^2 / (sum c c)
 * than sum v v. The scale may be negative: -8 .. 7 is lopsided, and the extreme value belongs on its longer side.
 */
export function q4Scale(
  values: Float64Array,
  extreme: number,
  stepCounts: readonly number[] = q4Steps,
): number {
  if (Math.abs(extreme) <= vanishing) return 0;
  let scale = 0;
  let most = 0;
  for (const steps of stepCounts) {
    const inverse = -steps / extreme;
    let product = 0;
    let square = 0;
    for (let i = 0; i < values.length; i++) {
      const value = values[i] ?? 0;
      const code = Math.max(0, Math.min(15, (value * inverse + 8.5) | 0)) - 8;
      product += value * code;
      square += code * code;
    }
    const gain = (product * product) / square;
    if (gain > most) {
      most = gain;
      scale = product / square;
    }
  }
  return scale;
}
