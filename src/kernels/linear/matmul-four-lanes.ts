// Linear layers of many rows on processors whose subgroups have four lanes.

import type { Dispatch } from '../../gpu/kernel.ts';
import type { Tensor } from '../../gpu/tensor.ts';
import body from '../../../shaders/matmul-four-lanes.wgsl?raw';
import {
  manyRows,
  manyRowsParams,
  manyRowsSlots,
  processorQuadSource,
  type ManyRowsOptions,
} from './many-rows.ts';
import { weightKernels } from './weight-formats.ts';
import type { WeightSlice } from './weight-slice.ts';

export const matmulFourLanesKernels = weightKernels({
  name: 'matmul-four-lanes',
  source: processorQuadSource + body,
  slots: manyRowsSlots,
  params: manyRowsParams,
  features: ['subgroups'],
});

/** As `matmul`, on devices whose subgroups all have four lanes. */
export function matmulFourLanes(
  x: Tensor,
  slice: WeightSlice,
  y: Tensor,
  options: ManyRowsOptions = {},
): Dispatch {
  const kernel = matmulFourLanesKernels[slice.matrix.format];
  return manyRows(kernel, { rows: 16, quads: 4 }, x, slice, y, options);
}
