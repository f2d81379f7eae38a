// Attention of one query per window over the window's own patches.

import { ceilDiv, defineKernel, dispatch, foldedWorkgroups, type Dispatch } from '../../gpu/kernel.ts';
import { matrixShape, type Tensor } from '../../gpu/tensor.ts';
import type { HeadShape } from './head-shape.ts';
import source from '../../../shaders/attention-pooling.wgsl?raw';

export const attentionPoolingKernel = defineKernel({
  name: 'attention-pooling',
  source,
  slots: {
    q: 'read',
    k: 'read',
    v: 'read',
    keyBias: 'read',
    valueBias: 'read',
    windows: 'read',
    y: 'read-write',
  },
  params: { tokens: 'u32', scale: 'f32' },
});

export interface WindowKeys {
  readonly k: Tensor; // [F * P, K * D]
  readonly v: Tensor; // [F * P, K * D]
  /** Key and value of a patch that is missing, when the mask is off. */
  readonly keyBias: Tensor; // [K * D]
  readonly valueBias: Tensor; // [K * D]
}

/** y [tokens, H * D]: query t sees the rows of k and v that windows[t] lists; see the shader for `masked`. */
export function attentionPooling(
  q: Tensor,
  keys: WindowKeys,
  windows: Tensor,
  y: Tensor,
  { heads, kvHeads, headDim }: HeadShape,
  masked: boolean,
): Dispatch {
  const [tokens, window] = matrixShape(windows);
  return dispatch(attentionPoolingKernel, {
    tensors: { q, ...keys, windows, y },
    constants: { MASK: masked, H: heads, K: kvHeads, D: headDim, N: window },
    params: { tokens, scale: 1 / Math.sqrt(headDim) },
    workgroups: foldedWorkgroups(ceilDiv(tokens * heads, 64)),
    cost: tokens * heads * headDim * window * 2,
  });
}
