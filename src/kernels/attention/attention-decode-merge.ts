// Joins the chunks that decode attention works on side by side.

import { ceilDiv, defineKernel, dispatch, type Dispatch } from '../../gpu/kernel.ts';
import type { Tensor } from '../../gpu/tensor.ts';
import body from '../../../shaders/attention-decode-merge.wgsl?raw';
import keyChunks from '../../../shaders/shared/key-chunks.wgsl?raw';
import { attentionDecodeMergeSoftwareKernel } from './attention-decode-merge-software.ts';
import type { HeadShape } from './head-shape.ts';

export const attentionDecodeMergeKernel = defineKernel({
  name: 'attention-decode-merge',
  source: keyChunks + body,
  slots: { partials: 'read', cursor: 'read', y: 'read-write' },
  params: {},
});

/** y [1, H * D] of the partial results [H * chunks, D + 4] of the chunks that `cursor` makes active; `spread` is what they were cut by, 0 on processors. */
export function attentionDecodeMerge(
  partials: Tensor,
  cursor: Tensor,
  y: Tensor,
  { heads, headDim }: HeadShape,
  { chunks, spread }: { readonly chunks: number; readonly spread: number },
): Dispatch {
  const software = spread === 0;
  return dispatch(software ? attentionDecodeMergeSoftwareKernel : attentionDecodeMergeKernel, {
    tensors: { partials, cursor, y },
    constants: { H: heads, D: headDim, N: chunks, SPREAD: spread },
    params: {},
    workgroups: [software ? ceilDiv((heads * headDim) / 4, 64) : heads],
    cost: chunks * heads * headDim,
  });
}
