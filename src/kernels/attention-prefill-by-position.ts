// Attention of the decoder for many new rows.

import { ceilDiv, defineKernel, dispatch, type Dispatch } from '../gpu/kernel.ts';
import { matrixShape, type Tensor } from '../gpu/tensor.ts';
import type { HeadShape } from './head-shape.ts';
import type { KernelSettings } from '../gpu/kernel-settings.ts';
import body from '../../shaders/attention-prefill-by-position.wgsl?raw';
import tile from '../../shaders/shared/attention-tile.wgsl?raw';
import reader from '../../shaders/shared/kv-f32.wgsl?raw';

export const attentionPrefillByPositionKernel = defineKernel({
  name: 'attention-prefill-by-position',
  source: reader + tile + body,
  slots: {
    q: 'read',
    k: 'read',
    v: 'read',
    kvScales: 'read',
    positions: 'read',
    isImage: 'read',
    y: 'read-write',
  },
  params: { queries: 'u32', keys: 'u32', scale: 'f32' },
});

export interface PrefillKeys {
  readonly k: Tensor; // [S, K * D]
  readonly v: Tensor; // [S, K * D]
  /** 1 for every slot that holds an image token. */
  readonly isImage: Tensor; // [S]
  /** Slots in use. */
  readonly count: number;
}

/** y [T, H * D]: query t at `positions[t]` sees keys up to there, and image tokens see all image tokens. */
export function attentionPrefillByPosition(
  _kernels: KernelSettings,
  q: Tensor,
  keys: PrefillKeys,
  positions: Tensor,
  y: Tensor,
  { heads, kvHeads, headDim }: HeadShape,
): Dispatch {
  const [queries] = matrixShape(q);
  return dispatch(attentionPrefillByPositionKernel, {
    tensors: { q, k: keys.k, v: keys.v, kvScales: keys.k, positions, isImage: keys.isImage, y },
    constants: { H: heads, K: kvHeads, D: headDim },
    params: { queries, keys: keys.count, scale: 1 / Math.sqrt(headDim) },
    workgroups: [ceilDiv(queries, 32), heads],
    cost: queries * keys.count * heads * headDim * 2,
  });
}
