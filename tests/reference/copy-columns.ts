export interface CopyPlace {
  readonly columns: number; // of x
  readonly stride: number; // columns of y
  readonly column: number; // first one of y to write
  readonly yRow: number; // first row of y to write
}

/** y[yRow + r, column + c] = x[r, c]. */
export function copyColumnsReference(x: ArrayLike<number>, y: Float64Array, place: CopyPlace): void {
  const { columns, stride, column, yRow } = place;
  for (let r = 0; r * columns < x.length; r++)
    for (let c = 0; c < columns; c++) y[(yRow + r) * stride + column + c] = x[r * columns + c]!;
}
