// Checkpoint rows -> rows of f16.

import { ceilDiv, defineKernel, dispatch, foldedWorkgroups, type Dispatch } from '../../gpu/kernel.ts';
import type { MatrixPart } from '../../gpu/matrix.ts';
import values from '../../../shaders/shared/checkpoint-values.wgsl?raw';
import half from '../../../shaders/shared/half.wgsl?raw';
import body from '../../../shaders/quantize-f16.wgsl?raw';
import { sourceConstant, type CheckpointRows, type ProblemNote } from './checkpoint-source.ts';

export const quantizeF16Kernel = defineKernel({
  name: 'quantize-f16',
  source: half + values + body,
  slots: { source: 'read', y: 'read-write', problem: 'read-write' },
  params: { count4: 'u32', first4: 'u32', ordinal: 'u32' },
});

/** Writes rows into a part from its row `firstRow` on. */
export function quantizeF16(
  { words, type, rows, columns }: CheckpointRows,
  part: MatrixPart,
  firstRow: number,
  { problem, ordinal }: ProblemNote,
): Dispatch {
  const count4 = (rows * columns) / 4;
  return dispatch(quantizeF16Kernel, {
    tensors: { source: words, y: part.values, problem },
    constants: { SOURCE: sourceConstant[type] },
    params: { count4, first4: (firstRow * columns) / 4, ordinal },
    workgroups: foldedWorkgroups(ceilDiv(count4, 64)),
    cost: rows * columns * 8,
  });
}
