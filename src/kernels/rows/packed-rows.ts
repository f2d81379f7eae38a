// Activations as int8 codes with a scale for each 32 columns; shaders/shared/packed-codes.wgsl has layout and formula.

import { invariant } from '../../errors.ts';
import { ceilDiv } from '../../gpu/kernel.ts';
import { bindingAlignment, tensorBytes, type Tensor } from '../../gpu/tensor.ts';

/** Columns that share a scale. */
export const blockColumns = 32;

/** x [rows, K] in one plane of codes (errs by up to 1/254 of a block's largest value) or in two (1/65,000). */
export interface PackedRows {
  readonly planes: 1 | 2;
  readonly k: number;
  readonly codes: Tensor; // u32 [rows, planes * 8 * blocks]
  readonly scales: Tensor; // f32 [rows, blocks]
}

/** The shapes of both tensors; codes are u32. */
export function packedShapes(rows: number, k: number, planes: PackedRows['planes']) {
  const blocks = ceilDiv(k, blockColumns);
  return { codes: [rows, planes * 8 * blocks], scales: [rows, blocks] } as const;
}

/** Rows that fit a piece of scratch memory, and there begin where every tensor may begin a binding. */
export function mostPackedRows(memory: Tensor, k: number): number {
  const { codes: one, scales } = packedShapes(1, k, 1);
  const rowBytes = tensorBytes(one, 'u32') + tensorBytes(scales, 'f32');
  return Math.floor((memory.byteLength - bindingAlignment) / rowBytes);
}

/** The tensors of packed rows in scratch memory, one after the other. */
export function packedIn(memory: Tensor, rows: number, k: number): PackedRows {
  const shapes = packedShapes(rows, k, 1);
  const codeBytes = tensorBytes(shapes.codes, 'u32');
  const scalesAt = Math.ceil(codeBytes / bindingAlignment) * bindingAlignment;
  const scaleBytes = tensorBytes(shapes.scales, 'f32');
  invariant(
    scalesAt + scaleBytes <= memory.byteLength,
    `${rows} rows of ${k} do not fit ${memory.byteLength} bytes`,
  );
  const { byteOffset } = memory;
  return {
    planes: 1,
    k,
    codes: { ...memory, shape: shapes.codes, dtype: 'u32', byteLength: codeBytes },
    scales: {
      ...memory,
      shape: shapes.scales,
      dtype: 'f32',
      byteOffset: byteOffset + scalesAt,
      byteLength: scaleBytes,
    },
  };
}
