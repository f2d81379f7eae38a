// What the kernels that quantise in blocks of 32 columns have in common: their slots, and how a dispatch is made.

import { invariant } from '../../errors.ts';
import {
  ceilDiv,
  defineKernel,
  dispatch,
  foldedWorkgroups,
  type Dispatch,
  type Kernel,
} from '../../gpu/kernel.ts';
import type { MatrixPart } from '../../gpu/matrix.ts';
import values from '../../../shaders/shared/checkpoint-values.wgsl?raw';
import half from '../../../shaders/shared/half.wgsl?raw';
import rowsOfBlocks from '../../../shaders/shared/quantize-rows.wgsl?raw';
import { sourceConstant, type CheckpointRows, type ProblemNote } from './checkpoint-source.ts';

const slots = { source: 'read', codes: 'read-write', scales: 'read-write', problem: 'read-write' } as const;
const params = { rows: 'u32', k4: 'u32', firstRow: 'u32', ordinal: 'u32' } as const;

type BlockKernel = Kernel<keyof typeof slots, keyof typeof params>;

/** A kernel whose body says how one block becomes codes and a scale. */
export function blockKernel(name: string, body: string): BlockKernel {
  return defineKernel({ name, source: half + values + rowsOfBlocks + body, slots, params });
}

/** Writes rows into a part from its row `firstRow` on, a multiple of 2; `steps` is the work of one value. */
export function quantizeBlocks(
  { kernel, steps }: { readonly kernel: BlockKernel; readonly steps: number },
  { words, type, rows, columns }: CheckpointRows,
  part: MatrixPart,
  firstRow: number,
  { problem, ordinal }: ProblemNote,
): Dispatch {
  invariant(firstRow % 2 === 0 && part.scales, `row ${firstRow} of a part with scales`);
  return dispatch(kernel, {
    tensors: { source: words, codes: part.values, scales: part.scales, problem },
    constants: { SOURCE: sourceConstant[type] },
    params: { rows, k4: columns / 4, firstRow, ordinal },
    workgroups: foldedWorkgroups(ceilDiv(ceilDiv(rows, 2) * ceilDiv(columns, 32), 64)),
    cost: rows * columns * steps,
  });
}
