// Linear layers of few rows on GPUs with packed integer products: x is rounded to two planes of int8 as it is read.

import { invariant } from '../../errors.ts';
import type { Dispatch } from '../../gpu/kernel.ts';
import type { Tensor } from '../../gpu/tensor.ts';
import body from '../../../shaders/matvec-packed.wgsl?raw';
import packedCodes from '../../../shaders/shared/packed-codes.wgsl?raw';
import q4 from '../../../shaders/shared/packed-rows-q4.wgsl?raw';
import q8 from '../../../shaders/shared/packed-rows-q8.wgsl?raw';
import { fewRowsDispatch, fewRowsSlots, type FewRowsOptions } from './few-rows.ts';
import { placedTiles, spreadShape } from './matvec-spread.ts';
import { weightKernels } from './weight-formats.ts';
import type { WeightSlice } from './weight-slice.ts';

export const matvecPackedKernels = weightKernels(
  {
    name: 'matvec-packed',
    source: body,
    slots: fewRowsSlots,
    params: {},
    features: ['subgroups'],
    requires: ['packed_4x8_integer_dot_product'],
  },
  { q4: placedTiles + packedCodes + q4, q8: placedTiles + packedCodes + q8 },
);

/**
 * y [rows, N] = x [rows, K] slice [N, K]^T + bias, in the slice's columns of y; any N, few rows, weights in q4 or q8. All
 * subgroups have `subgroupSize` invocations. A value of x errs by 1/65,000 of the largest of its 32 neighbours.
 */
export function matvecPacked(
  subgroupSize: number,
  x: Tensor,
  slice: WeightSlice,
  y: Tensor,
  options: FewRowsOptions = {},
): Dispatch {
  const { format, label } = slice.matrix;
  invariant(format === 'q4' || format === 'q8', `${label} is ${format}; packed products are for q4 and q8`);
  const gated = options.gateRow !== undefined;
  const { lanes, rows, invocations } = spreadShape(gated ? 2 * slice.rows : slice.rows);
  const constants = { S: subgroupSize, W: invocations, ROWS: rows, LANES: lanes };
  const made = lanes * (gated ? rows / 2 : rows);
  return fewRowsDispatch({ kernel: matvecPackedKernels[format], made, constants }, x, slice, y, options);
}
