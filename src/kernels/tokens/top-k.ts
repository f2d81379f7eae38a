// The most likely tokens, first half: the best of each slice of the vocabulary.

import { ceilDiv, defineKernel, dispatch, type Dispatch } from '../../gpu/kernel.ts';
import { matrixShape, type Tensor } from '../../gpu/tensor.ts';
import best256 from '../../../shaders/shared/best-256.wgsl?raw';
import source from '../../../shaders/top-k.wgsl?raw';

export const topKKernel = defineKernel({
  name: 'top-k',
  source: best256 + source,
  slots: { logits: 'read', temperature: 'read', lists: 'read-write' },
  params: { count: 'u32', slice: 'u32' },
});

/** Tokens that are found. */
export const topKCount = 256;

/** Pairs of words of a list: bits of a logit and its id, and at last the bits of a sum and 1 where a logit is not finite. */
export const topKPairs = topKCount + 1;

// Sorting in many workgroups costs less than merging in one: 38 slices of the largest vocabulary.
const slice = 4096;

/** Slices of a vocabulary. */
export function topKSlices(vocabSize: number): number {
  return ceilDiv(vocabSize, slice);
}

/**
 * lists [rows, topKSlices(V), topKPairs, 2] of logits [rows, V]: the best of each slice, best first and of equal ones the lower id
 * first, then the sum over the slice of exp((logit - its highest) / temperature[row]). Where a slice has fewer tokens the
 * ids are 0xffffffff.
 */
export function topK(logits: Tensor, temperature: Tensor, lists: Tensor): Dispatch {
  const [rows, count] = matrixShape(logits);
  return dispatch(topKKernel, {
    tensors: { logits, temperature, lists },
    params: { count, slice },
    workgroups: [topKSlices(count), rows],
    cost: rows * count * 64,
  });
}
