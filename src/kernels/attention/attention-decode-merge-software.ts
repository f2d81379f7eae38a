// Joins the chunks of decode attention on processors: the other kernel takes them a second to compile.

import { ceilDiv, defineKernel, dispatch, type Dispatch } from '../../gpu/kernel.ts';
import { matrixShape, type Tensor } from '../../gpu/tensor.ts';
import body from '../../../shaders/attention-decode-merge-software.wgsl?raw';
import keyChunks from '../../../shaders/shared/key-chunks.wgsl?raw';
import rowPlace from '../../../shaders/shared/row-place.wgsl?raw';
import type { HeadShape } from './head-shape.ts';
import { isBranched } from './cursors.ts';

export const attentionDecodeMergeSoftwareKernel = defineKernel({
  name: 'attention-decode-merge-software',
  source: keyChunks + rowPlace + body,
  slots: { partials: 'read', cursor: 'read', y: 'read-write' },
  params: {},
});

/** y [rows, H * D] of the partial results [rows * H * chunks, D + 4] of the chunks that `cursor` makes active. */
export function attentionDecodeMergeSoftware(
  partials: Tensor,
  cursor: Tensor,
  y: Tensor,
  { heads, headDim }: HeadShape,
  chunks: number,
): Dispatch {
  const [rows] = matrixShape(y);
  return dispatch(attentionDecodeMergeSoftwareKernel, {
    tensors: { partials, cursor, y },
    constants: { H: heads, D: headDim, N: chunks, SPREAD: 0, BRANCHED: isBranched(cursor) },
    params: {},
    workgroups: [ceilDiv((heads * headDim) / 4, 64), rows],
    cost: rows * chunks * heads * headDim,
  });
}
