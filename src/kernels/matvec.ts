// Linear layers of few rows: decoding, and the language model head.

import { invariant } from '../errors.ts';
import { ceilDiv, dispatch, type Dispatch } from '../gpu/kernel.ts';
import { matrixShape, type Tensor } from '../gpu/tensor.ts';
import body from '../../shaders/matvec.wgsl?raw';
import gelu from '../../shaders/shared/gelu.wgsl?raw';
import type { LinearOptions } from './matmul.ts';
import { weightKernels } from './weight-formats.ts';
import { weightTensors, type WeightSlice } from './weight-slice.ts';

export const matvecKernels = weightKernels({
  name: 'matvec',
  source: gelu + body,
  slots: { x: 'read', weight: 'read', scales: 'read', bias: 'read', y: 'read-write' },
  params: {
    columns: 'u32',
    k4: 'u32',
    weightRow: 'u32',
    biasRow: 'u32',
    yRow: 'u32',
    yStride: 'u32',
    yColumn: 'u32',
  },
});

/** y [rows, N] = x [rows, K] slice [N, K]^T + bias, in the slice's columns of y; any N, few rows. */
export function matvec(x: Tensor, slice: WeightSlice, y: Tensor, options: LinearOptions = {}): Dispatch {
  const [rows, k] = matrixShape(x);
  const [yRows, yStride] = matrixShape(y);
  const { matrix, part, rows: columns, row: weightRow, biasRow, yColumn } = slice;
  const { bias, gelu: withGelu = false, accumulate = false, yRow = 0 } = options;
  invariant(
    matrix.columns === k && k % 4 === 0,
    `${matrix.label} has ${matrix.columns} columns, ${x.label} ${k}`,
  );
  invariant(yRow + rows <= yRows, `${y.label} has ${yRows} rows, needs ${yRow + rows}`);
  return dispatch(matvecKernels[matrix.format], {
    tensors: { x, ...weightTensors(part), bias: bias ?? x, y },
    constants: { BIAS: bias !== undefined, GELU: withGelu, ACCUMULATE: accumulate },
    params: { columns, k4: k / 4, weightRow, biasRow, yRow, yStride, yColumn },
    workgroups: [ceilDiv(columns, 64), rows],
    cost: rows * columns * k,
  });
}
