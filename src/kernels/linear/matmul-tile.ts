// Linear layers of many rows on GPUs, with tiles of f32.

import type { Dispatch } from '../../gpu/kernel.ts';
import type { Tensor } from '../../gpu/tensor.ts';
import stem from '../../../shaders/matmul-tile.wgsl?raw';
import body from '../../../shaders/shared/matmul-tile-body.wgsl?raw';
import { manyRows, manyRowsParams, manyRowsSlots, quadSource, type ManyRowsOptions } from './many-rows.ts';
import { weightKernels } from './weight-formats.ts';
import type { WeightSlice } from './weight-slice.ts';

export const matmulTileKernels = weightKernels({
  name: 'matmul-tile',
  source: quadSource + body + stem,
  slots: manyRowsSlots,
  params: manyRowsParams,
});

/** As `matmul`, on any GPU. */
export function matmulTile(
  x: Tensor,
  slice: WeightSlice,
  y: Tensor,
  options: ManyRowsOptions = {},
): Dispatch {
  return manyRows(matmulTileKernels[slice.matrix.format], { rows: 64, quads: 16 }, x, slice, y, options);
}
