// Adds rows to the rows of a matrix that an index names.

import { invariant } from '../../errors.ts';
import { ceilDiv, defineKernel, dispatch, foldedWorkgroups, type Dispatch } from '../../gpu/kernel.ts';
import { elementCount, matrixShape, type Tensor } from '../../gpu/tensor.ts';
import source from '../../../shaders/add-rows.wgsl?raw';

export const addRowsKernel = defineKernel({
  name: 'add-rows',
  source,
  slots: { y: 'read', indices: 'read', x: 'read-write' },
  params: { rows: 'u32', c4: 'u32', first: 'u32' },
});

/** x[indices[first + n]] += y[n] for the rows of y [n, C]; no index may occur twice. */
export function addRows(y: Tensor, indices: Tensor, first: number, x: Tensor): Dispatch {
  const [rows, columns] = matrixShape(y);
  invariant(
    first + rows <= elementCount(indices.shape),
    `${indices.label} has ${elementCount(indices.shape)} entries, needs ${first + rows}`,
  );
  invariant(matrixShape(x)[1] === columns, `${y.label} and ${x.label} have rows of different length`);
  return dispatch(addRowsKernel, {
    tensors: { y, indices, x },
    params: { rows, c4: columns / 4, first },
    workgroups: foldedWorkgroups(ceilDiv((rows * columns) / 4, 64)),
    cost: rows * columns * 4,
  });
}
