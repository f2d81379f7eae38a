// Linear layers of many rows on GPUs that multiply four int8 at once: x is rounded to int8, and weights are q8 or q4.

import { invariant } from '../../errors.ts';
import { dispatch, type Dispatch } from '../../gpu/kernel.ts';
import type { KernelScratch } from '../../gpu/kernel-settings.ts';
import { matrixShape, type Tensor } from '../../gpu/tensor.ts';
import body from '../../../shaders/matmul-packed.wgsl?raw';
import half from '../../../shaders/shared/half.wgsl?raw';
import codes from '../../../shaders/shared/packed-codes.wgsl?raw';
import lanes from '../../../shaders/shared/tile-lanes.wgsl?raw';
import q4 from '../../../shaders/shared/words-q4.wgsl?raw';
import q8 from '../../../shaders/shared/words-q8.wgsl?raw';
import { manyRowsParams, manyRowsUse, quadEnds, tilesOf, type ManyRowsOptions } from './many-rows.ts';
import { kParts, matmulMerge, partEnds, squareTile } from './matmul-merge.ts';
import { packRows } from '../rows/pack-rows.ts';
import { packedIn } from '../rows/packed-rows.ts';
import { weightKernels } from './weight-formats.ts';
import type { WeightSlice } from './weight-slice.ts';

const common = quadEnds + lanes + half + codes;

export const matmulPackedKernels = weightKernels(
  {
    name: 'matmul-packed',
    source: body,
    slots: { x: 'read', xScales: 'read', weight: 'read', scales: 'read', bias: 'read', y: 'read-write' },
    params: manyRowsParams,
    requires: ['packed_4x8_integer_dot_product'],
  },
  { q8: common + q8, q4: common + q4 },
);

/** As `matmul` over weights of q8 or q4, with x rounded to int8; K is cut into parts as `matmulTile` does. */
export function matmulPacked(
  x: Tensor,
  slice: WeightSlice,
  y: Tensor,
  options: ManyRowsOptions,
  { packed: memory, partials }: KernelScratch,
  wantedParts?: number,
): Dispatch[] {
  const use = manyRowsUse(x, slice, y, options);
  const [rows, k] = matrixShape(x);
  const { format } = slice.matrix;
  const { values, scales } = slice.part;
  invariant((format === 'q8' || format === 'q4') && scales, `${slice.matrix.label} is of ${format}`);
  const packed = packedIn(memory, rows, k);
  const tiles = tilesOf(squareTile, use);
  const parts = wantedParts ?? kParts(use, k, partials);
  const split = parts > 1;
  const product = dispatch(matmulPackedKernels[format], {
    tensors: {
      x: packed.codes,
      xScales: packed.scales,
      weight: values,
      scales,
      bias: (!split && use.bias) || packed.scales,
      y: split ? partials : y,
    },
    constants: { SPLIT: split, ...(split ? partEnds(use) : use.constants) },
    params: { ...use.params, parts },
    workgroups: [...tiles, parts],
    cost: use.cost,
  });
  const list = [packRows(x, packed), product];
  return split ? [...list, matmulMerge(use, parts, partials, y)] : list;
}
