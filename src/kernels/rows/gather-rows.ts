// Picks rows of a matrix.

import { ceilDiv, defineKernel, dispatch, foldedWorkgroups, type Dispatch } from '../../gpu/kernel.ts';
import { matrixShape, type Tensor } from '../../gpu/tensor.ts';
import source from '../../../shaders/gather-rows.wgsl?raw';

export const gatherRowsKernel = defineKernel({
  name: 'gather-rows',
  source,
  slots: { x: 'read', indices: 'read', y: 'read-write' },
  params: { rows: 'u32', c4: 'u32' },
});

/** y[n] = x[indices[n]]. */
export function gatherRows(x: Tensor, indices: Tensor, y: Tensor): Dispatch {
  const [rows, columns] = matrixShape(y);
  return dispatch(gatherRowsKernel, {
    tensors: { x, indices, y },
    params: { rows, c4: columns / 4 },
    workgroups: foldedWorkgroups(ceilDiv((rows * columns) / 4, 64)),
    cost: rows * columns * 4,
  });
}
