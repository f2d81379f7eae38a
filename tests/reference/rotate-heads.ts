import { rmsNormReference } from './rms-norm.ts';
import { ropeReference } from './rope.ts';

/** RMS norm over as many values as there are weights (a head, or all of them), then the rotation of every head of x [rows, heads, headDim]. */
export function rotateHeadsReference(
  x: ArrayLike<number>,
  positions: ArrayLike<number>,
  shape: { readonly heads: number; readonly headDim: number; readonly theta: number },
  norm: { readonly weight: ArrayLike<number>; readonly eps: number } | null,
): Float64Array {
  const normed = norm ? rmsNormReference(x, norm.weight, norm.eps) : x;
  return ropeReference(normed, positions, shape);
}
