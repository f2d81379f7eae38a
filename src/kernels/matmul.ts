// The linear layers of prefill and vision.

import { invariant } from '../errors.ts';
import { ceilDiv, dispatch, type Dispatch } from '../gpu/kernel.ts';
import { matrixShape, type Tensor } from '../gpu/tensor.ts';
import body from '../../shaders/matmul.wgsl?raw';
import gelu from '../../shaders/shared/gelu.wgsl?raw';
import { weightKernels } from './weight-formats.ts';
import { weightTensors, type WeightSlice } from './weight-slice.ts';

export const matmulKernels = weightKernels({
  name: 'matmul',
  source: gelu + body,
  slots: { x: 'read', weight: 'read', scales: 'read', bias: 'read', y: 'read-write' },
  params: {
    rows: 'u32',
    columns: 'u32',
    k4: 'u32',
    weightRow: 'u32',
    biasRow: 'u32',
    yRow: 'u32',
    yStride4: 'u32',
    yColumn4: 'u32',
  },
});

export interface LinearOptions {
  /** Added to every row; indexed like the rows of the matrix. */
  readonly bias?: Tensor | undefined;
  readonly gelu?: boolean;
  /** Adds to what y holds instead of replacing it. */
  readonly accumulate?: boolean;
  /** First row of y to write; default 0. */
  readonly yRow?: number;
}

/** y [rows, N] = x [rows, K] slice [N, K]^T + bias, in the slice's columns of y; all but the rows are multiples of 4. */
export function matmul(x: Tensor, slice: WeightSlice, y: Tensor, options: LinearOptions = {}): Dispatch {
  const [rows, k] = matrixShape(x);
  const [yRows, stride] = matrixShape(y);
  const { matrix, part, rows: columns, row: weightRow, biasRow, yColumn } = slice;
  const { bias, gelu: withGelu = false, accumulate = false, yRow = 0 } = options;
  invariant(matrix.columns === k, `${matrix.label} has ${matrix.columns} columns, ${x.label} ${k}`);
  invariant(yRow + rows <= yRows, `${y.label} has ${yRows} rows, needs ${yRow + rows}`);
  invariant(
    [columns, k, stride, yColumn].every((size) => size % 4 === 0),
    `${matrix.label}: ${columns} x ${k} into columns ${yColumn} of ${stride} are not multiples of 4`,
  );
  return dispatch(matmulKernels[matrix.format], {
    tensors: { x, ...weightTensors(part), bias: bias ?? x, y },
    constants: { BIAS: bias !== undefined, GELU: withGelu, ACCUMULATE: accumulate },
    params: {
      rows,
      columns,
      k4: k / 4,
      weightRow,
      biasRow,
      yRow,
      yStride4: stride / 4,
      yColumn4: yColumn / 4,
    },
    workgroups: [ceilDiv(columns, 32), ceilDiv(rows, 32)],
    cost: rows * columns * k,
  });
}
