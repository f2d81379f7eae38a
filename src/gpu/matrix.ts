// A matrix of a model on the GPU: rows of values in one of four formats, in as many pieces as the device's limits ask for.

import type { Tensor } from './tensor.ts';

/** How the values of a matrix are stored; src/weights/formats/formats.ts has layouts and formulas. */
export type WeightFormat = 'f32' | 'f16' | 'q8' | 'q4';

/** Rows [firstRow, firstRow + rows) of a matrix. */
export interface MatrixPart {
  readonly firstRow: number;
  readonly rows: number;
  /** f32 values, or the words (u32) that hold f16 values or codes. */
  readonly values: Tensor;
  /** Words that hold two f16 scales each; null for formats without scales. */
  readonly scales: Tensor | null;
}

export interface Matrix {
  readonly label: string;
  readonly format: WeightFormat;
  readonly rows: number;
  readonly columns: number;
  /** In row order and without gaps. */
  readonly parts: readonly MatrixPart[];
}
