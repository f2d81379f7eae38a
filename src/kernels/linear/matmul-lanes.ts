// Linear layers of many rows on processors whose subgroups have eight lanes.

import type { Dispatch } from '../../gpu/kernel.ts';
import type { Tensor } from '../../gpu/tensor.ts';
import body from '../../../shaders/matmul-lanes.wgsl?raw';
import {
  manyRows,
  manyRowsParams,
  manyRowsSlots,
  processorQuadSource,
  type ManyRowsOptions,
} from './many-rows.ts';
import { weightKernels } from './weight-formats.ts';
import type { WeightSlice } from './weight-slice.ts';

export const matmulLanesKernels = weightKernels({
  name: 'matmul-lanes',
  source: processorQuadSource + body,
  slots: manyRowsSlots,
  params: manyRowsParams,
  features: ['subgroups'],
});

/** As `matmul`, on devices whose subgroups all have eight lanes. */
export function matmulLanes(
  x: Tensor,
  slice: WeightSlice,
  y: Tensor,
  options: ManyRowsOptions = {},
): Dispatch {
  return manyRows(matmulLanesKernels[slice.matrix.format], { rows: 16, quads: 8 }, x, slice, y, options);
}
