// The scale of a block of weights.

/** q8: the largest magnitude becomes code 127. */
export function q8Scale(largest: number): number {
  return largest / 127;
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
