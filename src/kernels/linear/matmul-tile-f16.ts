// Linear layers of many rows on GPUs with 16-bit floats.

import type { Dispatch } from '../../gpu/kernel.ts';
import type { Tensor } from '../../gpu/tensor.ts';
import stem from '../../../shaders/matmul-tile-f16.wgsl?raw';
import body from '../../../shaders/shared/matmul-tile-body.wgsl?raw';
import { manyRows, manyRowsParams, manyRowsSlots, quadSource, type ManyRowsOptions } from './many-rows.ts';
import { weightKernels } from './weight-formats.ts';
import type { WeightSlice } from './weight-slice.ts';

export const matmulTileF16Kernels = weightKernels({
  name: 'matmul-tile-f16',
  source: quadSource + body + stem,
  slots: manyRowsSlots,
  params: manyRowsParams,
  features: ['f16'],
});

/** As `matmul`, with sums of 32 products in f16. Tiles of 128 rows load each weight half as often. */
export function matmulTileF16(
  tileRows: 64 | 128,
  x: Tensor,
  slice: WeightSlice,
  y: Tensor,
  options: ManyRowsOptions = {},
): Dispatch {
  const tile = { rows: tileRows, quads: 16 };
  const kernel = matmulTileF16Kernels[slice.matrix.format];
  return manyRows(kernel, tile, x, slice, y, options, { TILE: tileRows });
}
