/**
 * The mean of the rows of x [*, columns] that each window [tokens, window] lists, -1 for none. Masked, it is the mean of
 * the rows that exist; otherwise missing rows are zeros that count.
 */
export function windowMeanReference(
  x: ArrayLike<number>,
  windows: ArrayLike<number>,
  {
    columns,
    window,
    masked,
  }: { readonly columns: number; readonly window: number; readonly masked: boolean },
): Float64Array {
  const tokens = windows.length / window;
  const y = new Float64Array(tokens * columns);
  for (let token = 0; token < tokens; token++) {
    const rows: number[] = [];
    for (let n = 0; n < window; n++)
      if (windows[token * window + n]! >= 0) rows.push(windows[token * window + n]!);
    const count = masked ? Math.max(1, rows.length) : window;
    for (const row of rows)
      for (let c = 0; c < columns; c++) y[token * columns + c]! += x[row * columns + c]! / count;
  }
  return y;
}
