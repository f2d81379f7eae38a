// The assignment problem: which row goes with which column so that the sum of their costs is smallest.

/** A pair that was chosen, and what it costs. */
export interface Assigned {
  readonly row: number;
  readonly column: number;
  readonly cost: number;
}

/**
 * Pairs min(rows, columns) rows and columns of `costs` [rows][columns] with the smallest sum; ascending in rows. Shortest
 * augmenting paths with potentials (Jonker and Volgenant 1987), O(n^2 m) for n <= m. Of several smallest sums one is returned,
 * always the same for the same costs.
 * @throws RangeError for rows of different lengths and costs that are not finite.
 */
export function assign(costs: readonly (readonly number[])[]): Assigned[] {
  const columns = costs[0]?.length ?? 0;
  costs.forEach((row, i) => {
    if (row.length !== columns)
      throw new RangeError(`Row ${i} of the costs has ${row.length} columns, the first one ${columns}.`);
    const bad = row.findIndex((cost) => !Number.isFinite(cost));
    if (bad >= 0)
      throw new RangeError(`The cost of row ${i}, column ${bad} is ${row[bad]}, not a finite number.`);
  });
  if (columns === 0) return [];
  if (costs.length <= columns) return wideAssignment(costs.length, columns, (i, j) => costs[i]?.[j] ?? 0);
  const turned = wideAssignment(columns, costs.length, (i, j) => costs[j]?.[i] ?? 0);
  return turned
    .map(({ row, column, cost }) => ({ row: column, column: row, cost }))
    .sort((a, b) => a.row - b.row);
}

/** For at most as many rows as columns. Columns are counted from 1 inside; column 0 is where a new row starts its search. */
function wideAssignment(rows: number, columns: number, costOf: (row: number, column: number) => number) {
  const rowPotential = new Float64Array(rows + 1);
  const columnPotential = new Float64Array(columns + 1);
  const rowOfColumn = new Int32Array(columns + 1); // 0 where free, else the row's number from 1
  const at = (array: Float64Array | Int32Array, i: number) => array[i] ?? 0;
  for (let row = 1; row <= rows; row++) {
    const cameFrom = new Int32Array(columns + 1);
    const distance = new Float64Array(columns + 1).fill(Infinity);
    const done = new Uint8Array(columns + 1);
    rowOfColumn[0] = row;
    let column = 0;
    // Dijkstra over reduced costs until a free column is reached.
    do {
      done[column] = 1;
      const from = at(rowOfColumn, column);
      let next = 0;
      for (let j = 1; j <= columns; j++) {
        if (done[j]) continue;
        const reduced = costOf(from - 1, j - 1) - at(rowPotential, from) - at(columnPotential, j);
        if (reduced < at(distance, j)) {
          distance[j] = reduced;
          cameFrom[j] = column;
        }
        if (next === 0 || at(distance, j) < at(distance, next)) next = j;
      }
      const step = at(distance, next);
      for (let j = 0; j <= columns; j++) {
        if (done[j]) {
          const reached = at(rowOfColumn, j);
          rowPotential[reached] = at(rowPotential, reached) + step;
          columnPotential[j] = at(columnPotential, j) - step;
        } else distance[j] = at(distance, j) - step;
      }
      column = next;
    } while (at(rowOfColumn, column) !== 0);
    while (column !== 0) {
      const before = at(cameFrom, column);
      rowOfColumn[column] = at(rowOfColumn, before);
      column = before;
    }
  }
  const pairs: Assigned[] = [];
  for (let j = 1; j <= columns; j++) {
    const row = at(rowOfColumn, j) - 1;
    if (row >= 0) pairs.push({ row, column: j - 1, cost: costOf(row, j - 1) });
  }
  return pairs.sort((a, b) => a.row - b.row);
}
