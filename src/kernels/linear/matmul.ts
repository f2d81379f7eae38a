// Linear layers of many rows on processors.

import type { Dispatch } from '../../gpu/kernel.ts';
import type { Tensor } from '../../gpu/tensor.ts';
import body from '../../../shaders/matmul.wgsl?raw';
import {
  manyRows,
  manyRowsParams,
  manyRowsSlots,
  processorQuadSource,
  type ManyRowsOptions,
} from './many-rows.ts';
import { weightKernels } from './weight-formats.ts';
import type { WeightSlice } from './weight-slice.ts';

export type { LinearOptions } from './many-rows.ts';

export const matmulKernels = weightKernels({
  name: 'matmul',
  source: processorQuadSource + body,
  slots: manyRowsSlots,
  params: manyRowsParams,
});

/** y [rows, N] = x [rows, K] slice [N, K]^T + bias, in the slice's columns of y; all but the rows are multiples of 4. */
export function matmul(x: Tensor, slice: WeightSlice, y: Tensor, options: ManyRowsOptions = {}): Dispatch {
  return manyRows(matmulKernels[slice.matrix.format], { rows: 64, quads: 16 }, x, slice, y, options);
}
