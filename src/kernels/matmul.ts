// The linear layers of prefill and vision.

import { invariant } from '../errors.ts';
import { ceilDiv, defineKernel, dispatch, type Dispatch } from '../gpu/kernel.ts';
import { matrixShape, type Tensor } from '../gpu/tensor.ts';
import body from '../../shaders/matmul.wgsl?raw';
import gelu from '../../shaders/shared/gelu.wgsl?raw';

export const matmulKernel = defineKernel({
  name: 'matmul',
  source: gelu + body,
  slots: { x: 'read', weight: 'read', bias: 'read', y: 'read-write' },
  params: { rows: 'u32', columns: 'u32', k4: 'u32', weightRow: 'u32', yRow: 'u32' },
});

export interface MatmulOptions {
  /** Added to every row; indexed like the rows of `weight`. */
  readonly bias?: Tensor | undefined;
  readonly gelu?: boolean;
  /** Adds to what y holds instead of replacing it. */
  readonly accumulate?: boolean;
  /** First row of `weight` to use: one part of a fused matrix; default 0. */
  readonly weightRow?: number;
  /** First row of y to write; default 0. */
  readonly yRow?: number;
}

/** y [rows, N] = x [rows, K] weight [N, K]^T + bias; N is y's last axis and a multiple of 4. */
export function matmul(x: Tensor, weight: Tensor, y: Tensor, options: MatmulOptions = {}): Dispatch {
  const [rows, k] = matrixShape(x);
  const [yRows, columns] = matrixShape(y);
  const { bias, gelu: withGelu = false, accumulate = false, weightRow = 0, yRow = 0 } = options;
  const [weightRows, weightK] = matrixShape(weight);
  invariant(weightK === k, `${weight.label} has ${weightK} columns, ${x.label} ${k}`);
  invariant(
    weightRow + columns <= weightRows,
    `${weight.label} has ${weightRows} rows, needs ${weightRow + columns}`,
  );
  invariant(yRow + rows <= yRows, `${y.label} has ${yRows} rows, needs ${yRow + rows}`);
  invariant(columns % 4 === 0 && k % 4 === 0, `${weight.label}: ${columns} x ${k} are not multiples of 4`);
  return dispatch(matmulKernel, {
    tensors: { x, weight, bias: bias ?? weight, y },
    constants: { BIAS: bias !== undefined, GELU: withGelu, ACCUMULATE: accumulate },
    params: { rows, columns, k4: k / 4, weightRow, yRow },
    workgroups: [ceilDiv(columns, 32), ceilDiv(rows, 32)],
    cost: rows * columns * k,
  });
}
