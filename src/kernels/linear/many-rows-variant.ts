// A part of a linear layer of many rows, by the variant that was chosen, in dispatches that no page waits long for.

import type { Dispatch } from '../../gpu/kernel.ts';
import type { KernelSettings } from '../../gpu/kernel-settings.ts';
import { matrixShape, sliceRows, type Tensor } from '../../gpu/tensor.ts';
import type { MatmulVariant } from '../choose.ts';
import { mostDispatchCost } from '../dispatch-cost.ts';
import type { ManyRowsOptions } from './many-rows.ts';
import { matmulLanes } from './matmul-lanes.ts';
import { matmulTileF16 } from './matmul-tile-f16.ts';
import { matmulTile } from './matmul-tile.ts';
import { matmul } from './matmul.ts';
import type { WeightSlice } from './weight-slice.ts';

/** y = x slice^T with bias, GELU or sum; with a `gateRow` y = silu(gate) * value. All sizes but the rows are multiples of 4. */
export function manyRowsVariant(
  variant: MatmulVariant,
  x: Tensor,
  slice: WeightSlice,
  y: Tensor,
  options: ManyRowsOptions = {},
): Dispatch {
  switch (variant) {
    case 'matmul':
      return matmul(x, slice, y, options);
    case 'matmul-lanes':
      return matmulLanes(x, slice, y, options);
    case 'matmul-tile':
      return matmulTile(x, slice, y, options);
    case 'matmul-tile-f16':
      return matmulTileF16(64, x, slice, y, options);
    case 'matmul-tile-f16-tall':
      return matmulTileF16(128, x, slice, y, options);
  }
}

// Chunks of rows begin where every tensor may begin a binding.
const rowStep = 64;

/** The same in as many dispatches as it takes to keep each below the most work that one may be. */
export function manyRows(
  kernels: KernelSettings,
  variant: MatmulVariant,
  x: Tensor,
  slice: WeightSlice,
  y: Tensor,
  options: ManyRowsOptions = {},
): Dispatch[] {
  const [rows, k] = matrixShape(x);
  const rowCost = slice.rows * k * (options.gateRow === undefined ? 1 : 2);
  const steps = Math.max(1, Math.floor(mostDispatchCost(kernels) / (rowCost * rowStep)));
  const each = steps * rowStep;
  if (rows <= each) return [manyRowsVariant(variant, x, slice, y, options)];
  const flat = { ...x, shape: [rows, k] };
  const { yRow = 0 } = options;
  return Array.from({ length: Math.ceil(rows / each) }, (_, i) => {
    const part = sliceRows(flat, i * each, Math.min(each, rows - i * each));
    return manyRowsVariant(variant, part, slice, y, { ...options, yRow: yRow + i * each });
  });
}
