// Attention of the decoder for many new rows.

import { ceilDiv, defineKernel, dispatch, type Dispatch } from '../gpu/kernel.ts';
import { matrixShape, type Tensor } from '../gpu/tensor.ts';
import type { HeadShape } from './head-shape.ts';
import type { KernelSettings } from '../gpu/kernel-settings.ts';
import body from '../../shaders/attention-prefill.wgsl?raw';
import tile from '../../shaders/shared/attention-tile.wgsl?raw';
import { kvKernels, kvTensors, type KvLayer } from './kv-layer.ts';

export const attentionPrefillKernels = kvKernels(
  defineKernel({
    name: 'attention-prefill',
    source: tile + body,
    slots: { q: 'read', k: 'read', v: 'read', kvScales: 'read', visible: 'read', y: 'read-write' },
    params: { queries: 'u32', secondStart: 'u32', scale: 'f32' },
  }),
);

/** What the rows of a prefill see. */
export interface PrefillKeys {
  readonly layer: KvLayer;
  /** Ends of the two runs of slots that row t sees: [0, x) and [secondStart, y); x <= secondStart <= y. */
  readonly visible: Tensor; // u32 [T, 2]
  readonly secondStart: number;
}

/** y [T, H * D]: query t sees the slots [0, visible[t].x) and [secondStart, visible[t].y), at least one in all. */
export function attentionPrefill(
  _kernels: KernelSettings,
  q: Tensor,
  { layer, visible, secondStart }: PrefillKeys,
  y: Tensor,
  { heads, kvHeads, headDim }: HeadShape,
): Dispatch[] {
  const [queries] = matrixShape(q);
  const [slots] = matrixShape(layer.k);
  return [
    dispatch(attentionPrefillKernels[layer.format], {
      tensors: { q, ...kvTensors(layer), visible, y },
      constants: { H: heads, K: kvHeads, D: headDim },
      params: { queries, secondStart, scale: 1 / Math.sqrt(headDim) },
      workgroups: [ceilDiv(queries, 32), heads],
      cost: queries * slots * heads * headDim * 2,
    }),
  ];
}
