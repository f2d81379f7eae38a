// The learnt position of each patch.

import { ceilDiv, defineKernel, dispatch, foldedWorkgroups, type Dispatch } from '../../gpu/kernel.ts';
import { matrixShape, type Tensor } from '../../gpu/tensor.ts';
import source from '../../../shaders/add-positions.wgsl?raw';

export const addPositionsKernel = defineKernel({
  name: 'add-positions',
  source,
  slots: { table: 'read', x: 'read-write' },
  params: { rows: 'u32', c4: 'u32', patches: 'u32' },
});

/** x [F * P, E] += table [P, E], the same for every crop. */
export function addPositions(table: Tensor, x: Tensor): Dispatch {
  const [rows, columns] = matrixShape(x);
  const [patches] = matrixShape(table);
  return dispatch(addPositionsKernel, {
    tensors: { table, x },
    params: { rows, c4: columns / 4, patches },
    workgroups: foldedWorkgroups(ceilDiv((rows * columns) / 4, 64)),
    cost: rows * columns * 4,
  });
}
