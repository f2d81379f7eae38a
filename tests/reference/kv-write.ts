/** Puts row t of x [positions.length, width] into slot positions[t] of a cache [slots, width]. */
export function kvWriteReference(
  x: ArrayLike<number>,
  positions: ArrayLike<number>,
  width: number,
  cache: Float64Array,
): void {
  for (let t = 0; t < positions.length; t++)
    for (let c = 0; c < width; c++) cache[positions[t]! * width + c] = x[t * width + c]!;
}
