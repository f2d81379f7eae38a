/** x [*, columns] with the rows of y added to those that `indices` lists. */
export function addRowsReference(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  indices: ArrayLike<number>,
  columns: number,
): Float64Array {
  const sum = Float64Array.from(x);
  for (let n = 0; n < indices.length; n++)
    for (let c = 0; c < columns; c++) sum[indices[n]! * columns + c]! += y[n * columns + c]!;
  return sum;
}
