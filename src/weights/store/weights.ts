// All tensors of a model on the GPU, found by the reference's names.

import type { Matrix } from '../../gpu/matrix.ts';
import type { Tensor } from '../../gpu/tensor.ts';

/** Asking for a name that does not exist is our bug and throws: names are checked while loading. */
export interface Weights {
  /** A vector, or a table that is added: norms, biases, the positional embedding. Always f32. */
  get(name: string): Tensor;
  /** What is multiplied or looked up. */
  matrix(name: string): Matrix;
  readonly parameters: number;
  /** GPU memory. */
  readonly byteLength: number;
  destroy(): void;
}
