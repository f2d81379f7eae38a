// Attention of one new row over the cache.

import { defineKernel, dispatch, type Dispatch } from '../gpu/kernel.ts';
import { matrixShape, type Tensor } from '../gpu/tensor.ts';
import type { HeadShape } from './head-shape.ts';
import type { KernelSettings } from '../gpu/kernel-settings.ts';
import source from '../../shaders/attention-decode.wgsl?raw';

export const attentionDecodeKernel = defineKernel({
  name: 'attention-decode',
  source,
  slots: { q: 'read', k: 'read', v: 'read', positions: 'read', y: 'read-write' },
  params: { scale: 'f32' },
});

/** y [1, H * D]: the query at `positions[0]` sees the slots 0 .. positions[0] of k and v [S, K * D]. */
export function attentionDecode(
  _kernels: KernelSettings,
  q: Tensor,
  k: Tensor,
  v: Tensor,
  positions: Tensor,
  y: Tensor,
  { heads, kvHeads, headDim }: HeadShape,
): Dispatch {
  const [slots] = matrixShape(k);
  return dispatch(attentionDecodeKernel, {
    tensors: { q, k, v, positions, y },
    constants: { H: heads, K: kvHeads, D: headDim },
    params: { scale: 1 / Math.sqrt(headDim) },
    workgroups: [heads],
    cost: slots * heads * headDim * 2,
  });
}
