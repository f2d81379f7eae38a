// Where tensors come from: an arena that owns its buffers, memory that was planned before, or nowhere.

import { tensorBytes, type DType, type Tensor } from './tensor.ts';

export interface TensorSource {
  /** A new tensor; its values are whatever the memory holds, or zeros in an arena. */
  tensor(label: string, shape: readonly number[], dtype?: DType): Tensor;
}

/** Tensors without memory, for lists that are counted or compiled but never bound. */
export const shapesOnly: TensorSource = {
  tensor: (label, shape, dtype = 'f32') => ({
    label,
    shape,
    dtype,
    buffer: undefined as never,
    byteOffset: 0,
    byteLength: tensorBytes(shape, dtype),
  }),
};
