// Rows of a checkpoint on their way through a quantising kernel.

import type { Tensor } from '../../gpu/tensor.ts';

export type SourceType = 'F32' | 'BF16' | 'F16';

/** Rows as they lie in the checkpoint's file. */
export interface CheckpointRows {
  readonly words: Tensor;
  readonly type: SourceType;
  readonly rows: number;
  /** K, a multiple of 4. */
  readonly columns: number;
}

/** Where a kernel notes that a value does not fit its format: the highest ordinal of those that did not. */
export interface ProblemNote {
  readonly problem: Tensor; // [1]
  readonly ordinal: number;
}

/** Value of the constant SOURCE. */
export const sourceConstant: Readonly<Record<SourceType, number>> = { F32: 0, BF16: 1, F16: 2 };
