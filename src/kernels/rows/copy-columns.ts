// A matrix -> columns of a wider one.

import { ceilDiv, defineKernel, dispatch, foldedWorkgroups, type Dispatch } from '../../gpu/kernel.ts';
import { matrixShape, type Tensor } from '../../gpu/tensor.ts';
import source from '../../../shaders/copy-columns.wgsl?raw';

export const copyColumnsKernel = defineKernel({
  name: 'copy-columns',
  source,
  slots: { x: 'read', y: 'read-write' },
  params: { rows: 'u32', c4: 'u32', stride4: 'u32', column4: 'u32', yRow: 'u32' },
});

/** y[yRow + r, column + c] = x[r, c]. */
export function copyColumns(
  x: Tensor,
  y: Tensor,
  at: { readonly column: number; readonly yRow: number },
): Dispatch {
  const [rows, columns] = matrixShape(x);
  const [, stride] = matrixShape(y);
  return dispatch(copyColumnsKernel, {
    tensors: { x, y },
    params: { rows, c4: columns / 4, stride4: stride / 4, column4: at.column / 4, yRow: at.yRow },
    workgroups: foldedWorkgroups(ceilDiv((rows * columns) / 4, 64)),
    cost: rows * columns * 4,
  });
}
