// A part of a linear layer of many rows, by the variant that was chosen.

import type { Dispatch } from '../gpu/kernel.ts';
import type { Tensor } from '../gpu/tensor.ts';
import type { MatmulVariant } from './choose.ts';
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
