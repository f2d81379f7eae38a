// Checkpoint rows -> q8 blocks.

import type { Dispatch } from '../../gpu/kernel.ts';
import type { MatrixPart } from '../../gpu/matrix.ts';
import body from '../../../shaders/quantize-q8.wgsl?raw';
import type { CheckpointRows, ProblemNote } from './checkpoint-source.ts';
import { blockKernel, quantizeBlocks } from './quantize-blocks.ts';

export const quantizeQ8Kernel = blockKernel('quantize-q8', body);

/** Writes rows into a part from its row `firstRow` on, a multiple of 2. */
export function quantizeQ8(
  rows: CheckpointRows,
  part: MatrixPart,
  firstRow: number,
  note: ProblemNote,
): Dispatch {
  return quantizeBlocks({ kernel: quantizeQ8Kernel, steps: 16 }, rows, part, firstRow, note);
}
