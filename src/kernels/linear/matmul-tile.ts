// Linear layers of many rows on GPUs, with tiles of f32.

import { dispatch, type Dispatch } from '../../gpu/kernel.ts';
import type { KernelScratch } from '../../gpu/kernel-settings.ts';
import { matrixShape, type Tensor } from '../../gpu/tensor.ts';
import body from '../../../shaders/matmul-tile.wgsl?raw';
import lanes from '../../../shaders/shared/tile-lanes.wgsl?raw';
import {
  manyRowsParams,
  manyRowsSlots,
  manyRowsUse,
  quadSource,
  tilesOf,
  type ManyRowsOptions,
} from './many-rows.ts';
import { kParts, matmulMerge, partEnds, squareTile } from './matmul-merge.ts';
import { quadReaders, weightKernels } from './weight-formats.ts';
import { weightTensors, type WeightSlice } from './weight-slice.ts';

export const matmulTileKernels = weightKernels(
  {
    name: 'matmul-tile',
    source: quadSource + lanes + body,
    slots: manyRowsSlots,
    params: manyRowsParams,
  },
  quadReaders,
);

/**
 * As `matmul`, on any GPU. Where y has few tiles K is cut into parts, which meet in the scratch memory; how many parts may
 * be said.
 */
export function matmulTile(
  x: Tensor,
  slice: WeightSlice,
  y: Tensor,
  options: ManyRowsOptions = {},
  scratch?: KernelScratch,
  wantedParts?: number,
): Dispatch[] {
  const use = manyRowsUse(x, slice, y, options);
  const [, k] = matrixShape(x);
  const tiles = tilesOf(squareTile, use);
  const partials = scratch?.partials;
  const parts = partials ? (wantedParts ?? kParts(use, k, partials)) : 1;
  const split = partials !== undefined && parts > 1;
  const product = dispatch(matmulTileKernels[slice.matrix.format], {
    tensors: { x, ...weightTensors(slice.part), bias: (!split && use.bias) || x, y: split ? partials : y },
    constants: { SPLIT: split, ...(split ? partEnds(use) : use.constants) },
    params: { ...use.params, parts },
    workgroups: [...tiles, parts],
    cost: use.cost,
  });
  return split ? [product, matmulMerge(use, parts, partials, y)] : [product];
}
