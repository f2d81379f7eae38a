// Layer norm of every row.

import { invariant } from '../../errors.ts';
import { ceilDiv, defineKernel, dispatch, foldedWorkgroups, type Dispatch } from '../../gpu/kernel.ts';
import { elementCount, matrixShape, type Tensor } from '../../gpu/tensor.ts';
import body from '../../../shaders/layer-norm.wgsl?raw';
import rowSum from '../../../shaders/shared/row-sum.wgsl?raw';

export const layerNormKernel = defineKernel({
  name: 'layer-norm',
  source: rowSum + body,
  slots: { x: 'read', weight: 'read', bias: 'read', y: 'read-write' },
  params: { rows: 'u32', c4: 'u32', eps: 'f32' },
});

/** y = weight * (x - mean) / sqrt(variance + eps) + bias for each row of x [rows, C]. */
export function layerNorm(x: Tensor, weight: Tensor, bias: Tensor, y: Tensor, eps: number): Dispatch {
  const [rows, columns] = matrixShape(x);
  invariant(elementCount(weight.shape) === columns, `${weight.label} does not fit rows of ${columns}`);
  invariant(elementCount(y.shape) >= rows * columns, `${y.label} is smaller than ${x.label}`);
  return dispatch(layerNormKernel, {
    tensors: { x, weight, bias, y },
    params: { rows, c4: columns / 4, eps },
    workgroups: foldedWorkgroups(ceilDiv(rows, 4)),
    cost: rows * columns * 8,
  });
}
