// Activations as int8 codes with a scale for each 32 columns; shaders/shared/packed-codes.wgsl has layout and formula.

import type { Tensor } from '../../gpu/tensor.ts';

const blockColumns = 32;

/** x [rows, K] in one plane of codes (errs by up to 1/254 of a block's largest value) or in two (1/65,000). */
export interface PackedRows {
  readonly planes: 1 | 2;
  readonly k: number;
  readonly codes: Tensor; // u32 [rows, planes * 8 * blocks]
  readonly scales: Tensor; // f32 [rows, blocks]
}

/** The shapes of both tensors; codes are u32. */
export function packedShapes(rows: number, k: number, planes: PackedRows['planes']) {
  const blocks = Math.ceil(k / blockColumns);
  return { codes: [rows, planes * 8 * blocks], scales: [rows, blocks] } as const;
}
