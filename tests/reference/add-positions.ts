/** x [crops, patches, columns] plus table [patches, columns], the same for every crop. */
export function addPositionsReference(table: ArrayLike<number>, x: ArrayLike<number>): Float64Array {
  const y = new Float64Array(x.length);
  for (let crop = 0; crop < x.length; crop += table.length)
    for (let i = 0; i < table.length; i++) y[crop + i] = x[crop + i]! + table[i]!;
  return y;
}
