// Picks the kernel of a linear layer from its shape.

import type { Dispatch } from '../gpu/kernel.ts';
import { matrixShape, type Tensor } from '../gpu/tensor.ts';
import { matmul } from './matmul.ts';
import { matvec, type MatvecOptions } from './matvec.ts';

// A matmul invocation holds four rows; with fewer it would compute rows that nobody needs.
const fewRows = 3;

/** y [rows, N] = x [rows, K] weight [N, K]^T + bias by whichever kernel suits the number of rows and columns. */
export function linear(x: Tensor, weight: Tensor, y: Tensor, options: MatvecOptions = {}): Dispatch {
  const [rows] = matrixShape(x);
  const [, columns] = matrixShape(y);
  return rows <= fewRows || columns % 4 !== 0 ? matvec(x, weight, y, options) : matmul(x, weight, y, options);
}
