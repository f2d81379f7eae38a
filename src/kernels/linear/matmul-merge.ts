// The end of a linear layer of many rows whose K was cut into parts, each of which other workgroups made.

import { ceilDiv, defineKernel, dispatch, foldedWorkgroups, type Dispatch } from '../../gpu/kernel.ts';
import type { Tensor } from '../../gpu/tensor.ts';
import body from '../../../shaders/matmul-merge.wgsl?raw';
import { manyRowsParams, quadEnds, tilesOf, type ManyRowsUse, type OutputTile } from './many-rows.ts';

export const matmulMergeKernel = defineKernel({
  name: 'matmul-merge',
  source: quadEnds + body,
  slots: { sums: 'read', bias: 'read', y: 'read-write' },
  params: manyRowsParams,
});

/** y from the sums [parts, rows, quads] of a product. */
export function matmulMerge(use: ManyRowsUse, parts: number, sums: Tensor, y: Tensor): Dispatch {
  const quads = use.rows * use.quads;
  return dispatch(matmulMergeKernel, {
    tensors: { sums, bias: use.bias ?? sums, y },
    constants: use.constants,
    params: { ...use.params, parts },
    workgroups: foldedWorkgroups(ceilDiv(quads, 128)),
    cost: quads * parts * 4,
  });
}

/** What a workgroup of the kernels makes whose K can be cut. */
export const squareTile: OutputTile = { rows: 64, quads: 16 };

/** Constants of a product that only makes parts: what follows the sum is left to the merge. */
export function partEnds({ constants: { GATED } }: ManyRowsUse): ManyRowsUse['constants'] {
  return { BIAS: false, GELU: false, ACCUMULATE: false, GATED };
}

// Five for each core of a large GPU: with fewer some are idle while others end.
const enoughWorkgroups = 645;
const mostParts = 12;
const leastK = 96;

/**
 * Parts of K that give a large GPU enough workgroups. What they write and what is read again stays below twice the weights
 * in f32, so that a small GPU loses little, and within the memory there is for it.
 */
export function kParts(use: ManyRowsUse, k: number, partials: Tensor): number {
  const [across, down] = tilesOf(squareTile, use);
  const wanted = Math.ceil(enoughWorkgroups / (across * down));
  const worth = Math.min(k / use.rows, k / leastK, mostParts);
  const room = partials.byteLength / (use.rows * use.quads * 16);
  return Math.max(1, Math.floor(Math.min(wanted, worth, room)));
}
