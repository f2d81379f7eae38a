// Linear layers of few rows: decoding, and the language model head.

import { invariant } from '../errors.ts';
import { ceilDiv, defineKernel, dispatch, type Dispatch } from '../gpu/kernel.ts';
import { matrixShape, type Tensor } from '../gpu/tensor.ts';
import source from '../../shaders/matvec.wgsl?raw';

export const matvecKernel = defineKernel({
  name: 'matvec',
  source,
  slots: { x: 'read', weight: 'read', bias: 'read', y: 'read-write' },
  params: { columns: 'u32', k4: 'u32', weightRow: 'u32' },
});

export interface MatvecOptions {
  /** Added to every row; indexed like the rows of `weight`. */
  readonly bias?: Tensor | undefined;
  /** Adds to what y holds instead of replacing it. */
  readonly accumulate?: boolean;
  /** First row of `weight` to use: one part of a fused matrix; default 0. */
  readonly weightRow?: number;
}

/** y [rows, N] = x [rows, K] weight [N, K]^T + bias; any N, few rows. */
export function matvec(x: Tensor, weight: Tensor, y: Tensor, options: MatvecOptions = {}): Dispatch {
  const [rows, k] = matrixShape(x);
  const [yRows, columns] = matrixShape(y);
  const { bias, accumulate = false, weightRow = 0 } = options;
  const [weightRows, weightK] = matrixShape(weight);
  invariant(weightK === k && k % 4 === 0, `${weight.label} has ${weightK} columns, ${x.label} ${k}`);
  invariant(
    weightRow + columns <= weightRows,
    `${weight.label} has ${weightRows} rows, needs ${weightRow + columns}`,
  );
  invariant(rows <= yRows, `${y.label} has ${yRows} rows, needs ${rows}`);
  return dispatch(matvecKernel, {
    tensors: { x, weight, bias: bias ?? weight, y },
    constants: { BIAS: bias !== undefined, ACCUMULATE: accumulate },
    params: { columns, k4: k / 4, weightRow },
    workgroups: [ceilDiv(columns, 64), rows],
    cost: rows * columns * k,
  });
}
