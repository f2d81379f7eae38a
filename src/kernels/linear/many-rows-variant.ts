// A part of a linear layer of many rows, by the variant that was chosen, in dispatches that no page waits long for.

import { invariant } from '../../errors.ts';
import type { Dispatch } from '../../gpu/kernel.ts';
import type { KernelSettings } from '../../gpu/kernel-settings.ts';
import { matrixShape, sliceRows, type Tensor } from '../../gpu/tensor.ts';
import type { MatmulVariant } from '../choose.ts';
import { mostDispatchCost } from '../dispatch-cost.ts';
import type { ManyRowsOptions } from './many-rows.ts';
import { matmulFourLanes } from './matmul-four-lanes.ts';
import { matmulLanes } from './matmul-lanes.ts';
import { matmulPacked } from './matmul-packed.ts';
import { matmulTile } from './matmul-tile.ts';
import { matmul } from './matmul.ts';
import { mostPackedRows } from '../rows/packed-rows.ts';
import type { WeightSlice } from './weight-slice.ts';

/** y = x slice^T with bias, GELU or sum; with a `gateRow` y = silu(gate) * value. All sizes but the rows are multiples of 4. */
export function manyRowsVariant(
  { scratch }: KernelSettings,
  variant: MatmulVariant,
  x: Tensor,
  slice: WeightSlice,
  y: Tensor,
  options: ManyRowsOptions = {},
): Dispatch[] {
  switch (variant) {
    case 'matmul':
      return [matmul(x, slice, y, options)];
    case 'matmul-lanes':
      return [matmulLanes(x, slice, y, options)];
    case 'matmul-four-lanes':
      return [matmulFourLanes(x, slice, y, options)];
    case 'matmul-tile':
      return matmulTile(x, slice, y, options, scratch);
    case 'matmul-packed':
      invariant(scratch, `${variant} needs scratch memory`);
      return matmulPacked(x, slice, y, options, scratch);
  }
}

// Chunks of rows begin where every tensor may begin a binding.
const rowStep = 64;

/** The same in as many dispatches as it takes to keep each below the most work, and within the memory, that there may be. */
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
  const fitting =
    variant === 'matmul-packed' && kernels.scratch ? mostPackedRows(kernels.scratch.packed, k) : Infinity;
  const most = Math.min(mostDispatchCost(kernels) / rowCost, fitting);
  const largest = Math.max(1, Math.floor(most / rowStep)) * rowStep;
  // Chunks of one size: a short one at the end would leave cores idle.
  const each = Math.ceil(rows / Math.ceil(rows / largest) / rowStep) * rowStep;
  if (rows <= each) return manyRowsVariant(kernels, variant, x, slice, y, options);
  const flat = { ...x, shape: [rows, k] };
  const { yRow = 0 } = options;
  return Array.from({ length: Math.ceil(rows / each) }, (_, i) => i).flatMap((i) => {
    const part = sliceRows(flat, i * each, Math.min(each, rows - i * each));
    return manyRowsVariant(kernels, variant, part, slice, y, { ...options, yRow: yRow + i * each });
  });
}
