// How far a result may lie from its f64 reference, each bound with its reason. One ulp of f32 is 2^-23 relative.

export interface Tolerance {
  readonly relative: number;
  /** Of what: each value itself, or the largest value of the tensor where small values are sums of large ones. */
  readonly of: 'each' | 'largest';
}

const ulp = 2 ** -23;

export const tolerances = {
  /** Copies and table look-ups compute nothing. */
  exact: { relative: 0, of: 'each' },
  /** A single f32 sum of two inputs. */
  oneRounding: { relative: ulp, of: 'each' },
  /** Up to 4304 products, added in four lanes in any order; the errors of a sum do not shrink when it cancels. */
  dotProduct: { relative: 16 * ulp, of: 'largest' },
  /**
   * Up to 4304 products added one after the other: an invocation with 64 sums has no registers for a second set of them. Each
   * sum is rounded, by up to half an ulp of what it has grown to.
   */
  longSums: { relative: 32 * ulp, of: 'largest' },
  /**
   * As `dotProduct` for blocks summed in f16: x is rounded to 2^-11 of a value, and each of four sums of eight products is rounded
   * eight times. Errors of a row add up like its products, so they stay relative to the largest.
   */
  halfBlocks: { relative: 2 ** -8, of: 'largest' },
  /**
   * x rounded to two planes of int8: 2^-16 of the largest of 32 neighbours each, with all signs, so that a sum errs by less
   * than the largest sum does by 2^-13.
   */
  packedPlanes: { relative: 2 ** -13, of: 'largest' },
  /**
   * x rounded to int8, up to 1/254 of the largest of a block and a third of that on average, with both signs; a sum of few
   * products may hold the largest error whole.
   */
  packedRows: { relative: 1 / 64, of: 'largest' },
  /** A mean over a row, a reciprocal square root (2 ulp in WGSL), and the difference from the mean, which may cancel. */
  norm: { relative: 16 * ulp, of: 'largest' },
  /** Up to nine f32 sums and a division (2.5 ulp in WGSL); values of both signs may cancel. */
  mean: { relative: 8 * ulp, of: 'largest' },
  /** Three f32 steps on the host: byte / 255, minus the mean (which may cancel), over the deviation. */
  normalization: { relative: 4 * ulp, of: 'largest' },
  /** Cosine and sine rounded to f32, two products and a sum, which may cancel. */
  rotation: { relative: 4 * ulp, of: 'largest' },
  /** WGSL allows exp(x) 3 + 2 |x| ulp; gates reach |x| = 30. Values below 1e-30 count as 0 (see `expectClose`). */
  sigmoid: { relative: 72 * ulp, of: 'each' },
  /** WGSL allows tanh an absolute error of 1e-5, and GELU multiplies it by x / 2. */
  gelu: { relative: 1e-5, of: 'largest' },
  /** Scores are sums of up to 128 products of size 1, and exp adds 3 + 2 |x| ulp at |x| below 10. */
  softmax: { relative: 64 * ulp, of: 'largest' },
} as const satisfies Record<string, Tolerance>;
