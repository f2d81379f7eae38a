// Which of one set belongs to which of another, so that the distances add up to the least. Pure.

/**
 * Pairs [row, column] of the cheapest assignment of rows to columns whose every pair costs at most `most`: as many pairs as
 * can be, and of those the cheapest. (Kuhn 1955, in the form with potentials: n rows cost n^3.)
 */
export function cheapestPairs(
  cost: (row: number, column: number) => number,
  rows: number,
  columns: number,
  most: number,
): (readonly [row: number, column: number])[] {
  const size = Math.max(rows, columns);
  // A pair that may not be costs more than all that may be together.
  const far = most * (size + 1) + 1;
  const at = (row: number, column: number) => {
    const own = row < rows && column < columns ? cost(row, column) : far;
    return own <= most ? own : far;
  };
  const rowOf = assigned(at, size);
  return rowOf.flatMap((row, column) =>
    row < rows && column < columns && cost(row, column) <= most ? [[row, column] as const] : [],
  );
}

/** The row of each column. Numbers are one higher inside: 0 stands for none. */
function assigned(cost: (row: number, column: number) => number, size: number): number[] {
  const ofRow = new Float64Array(size + 1);
  const ofColumn = new Float64Array(size + 1);
  const rowOf = new Int32Array(size + 1);
  for (let row = 1; row <= size; row++) {
    const before = new Int32Array(size + 1);
    const least = new Float64Array(size + 1).fill(Infinity);
    const isDone = new Uint8Array(size + 1);
    rowOf[0] = row;
    let column = 0;
    do {
      isDone[column] = 1;
      const current = rowOf[column] ?? 0;
      let step = Infinity;
      let next = 0;
      for (let other = 1; other <= size; other++) {
        if (isDone[other]) continue;
        const reduced = cost(current - 1, other - 1) - (ofRow[current] ?? 0) - (ofColumn[other] ?? 0);
        if (reduced < (least[other] ?? 0)) {
          least[other] = reduced;
          before[other] = column;
        }
        if ((least[other] ?? 0) < step) [step, next] = [least[other] ?? 0, other];
      }
      for (let other = 0; other <= size; other++) {
        if (isDone[other]) {
          const own = rowOf[other] ?? 0;
          ofRow[own] = (ofRow[own] ?? 0) + step;
          ofColumn[other] = (ofColumn[other] ?? 0) - step;
        } else least[other] = (least[other] ?? 0) - step;
      }
      column = next;
    } while (rowOf[column] !== 0);
    while (column !== 0) {
      const previous = before[column] ?? 0;
      rowOf[column] = rowOf[previous] ?? 0;
      column = previous;
    }
  }
  return Array.from(rowOf.subarray(1), (row) => row - 1);
}
