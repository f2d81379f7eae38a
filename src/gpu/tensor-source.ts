// Where tensors come from: an arena that owns its buffers, or memory that was planned before.

import type { DType, Tensor } from './tensor.ts';

export interface TensorSource {
  /** A new tensor; its values are whatever the memory holds, or zeros in an arena. */
  tensor(label: string, shape: readonly number[], dtype?: DType): Tensor;
}
