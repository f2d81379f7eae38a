// Attention inside each crop of the vision encoder.

import { ceilDiv, defineKernel, dispatch, type Dispatch } from '../gpu/kernel.ts';
import { matrixShape, type Tensor } from '../gpu/tensor.ts';
import type { HeadShape } from './head-shape.ts';
import type { KernelSettings } from '../gpu/kernel-settings.ts';
import body from '../../shaders/attention-encoder.wgsl?raw';
import tile from '../../shaders/shared/attention-tile.wgsl?raw';
import reader from '../../shaders/shared/kv-f32.wgsl?raw';

export const attentionEncoderKernel = defineKernel({
  name: 'attention-encoder',
  source: reader + tile + body,
  slots: { q: 'read', k: 'read', v: 'read', kvScales: 'read', y: 'read-write' },
  params: { patches: 'u32', scale: 'f32' },
});

/** y [F * P, H * D] = softmax(q k^T / sqrt(D)) v within each crop of P rows. */
export function attentionEncoder(
  _kernels: KernelSettings,
  q: Tensor,
  k: Tensor,
  v: Tensor,
  y: Tensor,
  { heads, kvHeads, headDim }: HeadShape,
  patches: number,
): Dispatch {
  const [rows] = matrixShape(q);
  return dispatch(attentionEncoderKernel, {
    tensors: { q, k, v, kvScales: k, y },
    constants: { H: heads, K: kvHeads, D: headDim },
    params: { patches, scale: 1 / Math.sqrt(headDim) },
    workgroups: [ceilDiv(patches, 32), heads, rows / patches],
    cost: rows * patches * heads * headDim * 2,
  });
}
