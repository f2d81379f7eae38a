/** The rows of x [*, columns] that `indices` lists. */
export function gatherRowsReference(
  x: ArrayLike<number>,
  indices: ArrayLike<number>,
  columns: number,
): Float64Array {
  const y = new Float64Array(indices.length * columns);
  for (let n = 0; n < indices.length; n++)
    for (let c = 0; c < columns; c++) y[n * columns + c] = x[indices[n]! * columns + c]!;
  return y;
}
