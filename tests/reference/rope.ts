/** Angle of pair i of a head at a position: position * theta^(-2i / headDim). */
export function ropeAngle(position: number, i: number, headDim: number, theta: number): number {
  return position * theta ** ((-2 * i) / headDim);
}

/** Rotates the pairs (i, i + headDim / 2) of every head of x [rows, heads, headDim] by the angle of the row's position. */
export function ropeReference(
  x: ArrayLike<number>,
  positions: ArrayLike<number>,
  { heads, headDim, theta }: { readonly heads: number; readonly headDim: number; readonly theta: number },
): Float64Array {
  const y = new Float64Array(x.length);
  const half = headDim / 2;
  for (let row = 0; row < positions.length; row++) {
    for (let head = 0; head < heads; head++) {
      for (let i = 0; i < half; i++) {
        const angle = ropeAngle(positions[row]!, i, headDim, theta);
        const a = (row * heads + head) * headDim + i;
        const b = a + half;
        y[a] = x[a]! * Math.cos(angle) - x[b]! * Math.sin(angle);
        y[b] = x[b]! * Math.cos(angle) + x[a]! * Math.sin(angle);
      }
    }
  }
  return y;
}
