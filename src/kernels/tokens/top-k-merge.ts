// The most likely tokens, second half: the best of all slices.

import { defineKernel, dispatch, type Dispatch } from '../../gpu/kernel.ts';
import type { Tensor } from '../../gpu/tensor.ts';
import best256 from '../../../shaders/shared/best-256.wgsl?raw';
import source from '../../../shaders/top-k-merge.wgsl?raw';

export const topKMergeKernel = defineKernel({
  name: 'top-k-merge',
  source: best256 + source,
  slots: { lists: 'read', temperature: 'read', best: 'read-write' },
  params: { slices: 'u32' },
});

/** best [topKPairs, 2] of the lists [slices, topKPairs, 2] that `topK` wrote: a list of the same form for all slices. */
export function topKMerge(lists: Tensor, temperature: Tensor, best: Tensor): Dispatch {
  const [slices = 0] = lists.shape;
  return dispatch(topKMergeKernel, {
    tensors: { lists, temperature, best },
    params: { slices },
    workgroups: [1],
    cost: slices * 4096,
  });
}
