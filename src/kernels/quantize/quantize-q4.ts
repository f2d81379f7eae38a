// Checkpoint rows -> q4 blocks.

import type { Dispatch } from '../../gpu/kernel.ts';
import type { MatrixPart } from '../../gpu/matrix.ts';
import body from '../../../shaders/quantize-q4.wgsl?raw';
import type { CheckpointRows, ProblemNote } from './checkpoint-source.ts';
import { blockKernel, quantizeBlocks } from './quantize-blocks.ts';

export const quantizeQ4Kernel = blockKernel('quantize-q4', body);

/** Writes rows into a part from its row `firstRow` on, a multiple of 2. */
export function quantizeQ4(
  rows: CheckpointRows,
  part: MatrixPart,
  firstRow: number,
  note: ProblemNote,
): Dispatch {
  return quantizeBlocks({ kernel: quantizeQ4Kernel, steps: 64 }, rows, part, firstRow, note);
}
