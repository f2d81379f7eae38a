// Some rows of a matrix, part by part: what one dispatch of a linear layer reads and which columns of y it makes.

import { invariant } from '../../errors.ts';
import type { Matrix, MatrixPart } from '../../gpu/matrix.ts';

export interface WeightSlice {
  readonly matrix: Matrix;
  readonly part: MatrixPart;
  /** First row to use, counted in the part. */
  readonly row: number;
  readonly rows: number;
  /** The same row counted in the matrix; biases are indexed by it. */
  readonly biasRow: number;
  /** The column of y that this row makes. */
  readonly yColumn: number;
}

/** Rows [firstRow, firstRow + rows) of a matrix, cut at the borders of its parts. */
export function weightSlices(matrix: Matrix, firstRow: number, rows: number): WeightSlice[] {
  invariant(
    firstRow + rows <= matrix.rows,
    `${matrix.label} has ${matrix.rows} rows, needs ${firstRow + rows}`,
  );
  return matrix.parts.flatMap((part) => {
    const start = Math.max(firstRow, part.firstRow);
    const end = Math.min(firstRow + rows, part.firstRow + part.rows);
    if (start >= end) return [];
    return [
      {
        matrix,
        part,
        row: start - part.firstRow,
        rows: end - start,
        biasRow: start,
        yColumn: start - firstRow,
      },
    ];
  });
}

/** The tensors of the slots `weight` and `scales`. */
export function weightTensors({ values, scales }: MatrixPart) {
  return { weight: values, scales: scales ?? values };
}
