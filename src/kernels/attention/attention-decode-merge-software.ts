// Joins the chunks of decode attention on processors: the other kernel takes them a second to compile.

import { ceilDiv, defineKernel, dispatch, type Dispatch } from '../../gpu/kernel.ts';
import type { Tensor } from '../../gpu/tensor.ts';
import body from '../../../shaders/attention-decode-merge-software.wgsl?raw';
import keyChunks from '../../../shaders/shared/key-chunks.wgsl?raw';
import type { HeadShape } from './head-shape.ts';

export const attentionDecodeMergeSoftwareKernel = defineKernel({
  name: 'attention-decode-merge-software',
  source: keyChunks + body,
  slots: { partials: 'read', cursor: 'read', y: 'read-write' },
  params: {},
});

/** y [1, H * D] of the partial results [H * chunks, D + 4] of the chunks that `cursor` makes active. */
export function attentionDecodeMergeSoftware(
  partials: Tensor,
  cursor: Tensor,
  y: Tensor,
  { heads, headDim }: HeadShape,
  chunks: number,
): Dispatch {
  return dispatch(attentionDecodeMergeSoftwareKernel, {
    tensors: { partials, cursor, y },
    constants: { H: heads, D: headDim, N: chunks, SPREAD: 0 },
    params: {},
    workgroups: [ceilDiv((heads * headDim) / 4, 64)],
    cost: chunks * heads * headDim,
  });
}
