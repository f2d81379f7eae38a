// Checkpoint rows -> q4 blocks.

import { invariant } from '../../errors.ts';
import { ceilDiv, defineKernel, dispatch, foldedWorkgroups, type Dispatch } from '../../gpu/kernel.ts';
import type { MatrixPart } from '../../gpu/matrix.ts';
import values from '../../../shaders/shared/checkpoint-values.wgsl?raw';
import half from '../../../shaders/shared/half.wgsl?raw';
import rowsOfBlocks from '../../../shaders/shared/quantize-rows.wgsl?raw';
import body from '../../../shaders/quantize-q4.wgsl?raw';
import { sourceConstant, type CheckpointRows, type ProblemNote } from './checkpoint-source.ts';

export const quantizeQ4Kernel = defineKernel({
  name: 'quantize-q4',
  source: half + values + rowsOfBlocks + body,
  slots: { source: 'read', codes: 'read-write', scales: 'read-write', problem: 'read-write' },
  params: { rows: 'u32', k4: 'u32', firstRow: 'u32', ordinal: 'u32' },
});

/** Writes rows into a part from its row `firstRow` on, a multiple of 2. */
export function quantizeQ4(
  { words, type, rows, columns }: CheckpointRows,
  part: MatrixPart,
  firstRow: number,
  { problem, ordinal }: ProblemNote,
): Dispatch {
  invariant(firstRow % 2 === 0 && part.scales, `row ${firstRow} of a part with scales`);
  return dispatch(quantizeQ4Kernel, {
    tensors: { source: words, codes: part.values, scales: part.scales, problem },
    constants: { SOURCE: sourceConstant[type] },
    params: { rows, k4: columns / 4, firstRow, ordinal },
    workgroups: foldedWorkgroups(ceilDiv(ceilDiv(rows, 2) * ceilDiv(columns, 32), 64)),
    cost: rows * columns * 64,
  });
}
