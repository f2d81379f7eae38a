// The most likely tokens, second half: the best of all slices.

import { defineKernel, dispatch, type Dispatch } from '../../gpu/kernel.ts';
import { elementCount, type Tensor } from '../../gpu/tensor.ts';
import { topKPairs } from './top-k.ts';
import best256 from '../../../shaders/shared/best-256.wgsl?raw';
import source from '../../../shaders/top-k-merge.wgsl?raw';

export const topKMergeKernel = defineKernel({
  name: 'top-k-merge',
  source: best256 + source,
  slots: { lists: 'read', temperature: 'read', best: 'read-write' },
  params: { slices: 'u32' },
});

/** best [rows, topKPairs, 2] of the lists [rows, slices, topKPairs, 2] that `topK` wrote: a list of the same form for all slices. */
export function topKMerge(lists: Tensor, temperature: Tensor, best: Tensor): Dispatch {
  const rows = elementCount(temperature.shape);
  const slices = elementCount(lists.shape) / (rows * topKPairs * 2);
  return dispatch(topKMergeKernel, {
    tensors: { lists, temperature, best },
    params: { slices },
    workgroups: [rows],
    cost: rows * slices * 4096,
  });
}
