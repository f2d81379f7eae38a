// Root-mean-square norm of every row.

import { invariant } from '../../errors.ts';
import { ceilDiv, defineKernel, dispatch, foldedWorkgroups, type Dispatch } from '../../gpu/kernel.ts';
import { elementCount, matrixShape, type Tensor } from '../../gpu/tensor.ts';
import body from '../../../shaders/rms-norm.wgsl?raw';
import rowSum from '../../../shaders/shared/row-sum.wgsl?raw';

export const rmsNormKernel = defineKernel({
  name: 'rms-norm',
  source: rowSum + body,
  slots: { x: 'read', weight: 'read', y: 'read-write' },
  params: { rows: 'u32', c4: 'u32', eps: 'f32' },
});

/** y = weight * x / rms(x) for each row of x [rows, C]; with `accumulate` it is added to y. C is weight's length. */
export function rmsNorm(x: Tensor, weight: Tensor, y: Tensor, eps: number, accumulate = false): Dispatch {
  const [rows, columns] = matrixShape(x);
  invariant(elementCount(weight.shape) === columns, `${weight.label} does not fit rows of ${columns}`);
  invariant(elementCount(y.shape) >= rows * columns, `${y.label} is smaller than ${x.label}`);
  return dispatch(rmsNormKernel, {
    tensors: { x, weight, y },
    constants: { ACCUMULATE: accumulate },
    params: { rows, c4: columns / 4, eps },
    workgroups: foldedWorkgroups(ceilDiv(rows, 4)),
    cost: rows * columns * 4,
  });
}
