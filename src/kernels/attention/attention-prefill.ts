// Attention of the decoder for many new rows.

import { ceilDiv, defineKernel, dispatch, type Dispatch, type Kernel } from '../../gpu/kernel.ts';
import { matrixShape, type Tensor } from '../../gpu/tensor.ts';
import type { HeadShape } from './head-shape.ts';
import type { KernelSettings } from '../../gpu/kernel-settings.ts';
import source from '../../../shaders/attention-prefill.wgsl?raw';
import { attentionKernels } from './attention-bodies.ts';
import { chooseAttention, queryTile, workgroupRanges, type AttentionVariant } from './choose-attention.ts';
import { kvKernels, kvTensors, type KvLayer } from './kv-layer.ts';

const kernels = attentionKernels(
  defineKernel({
    name: 'attention-prefill',
    source,
    slots: { q: 'read', k: 'read', v: 'read', kvScales: 'read', visible: 'read', y: 'read-write' },
    params: { queries: 'u32', secondStart: 'u32', firstWorkgroup: 'u32', scale: 'f32' },
  }),
);

const softwareKernels = kvKernels(kernels.software);
const portableKernels = kvKernels(kernels.portable);
const halfKernels = kvKernels(kernels.half);

/** By variant and format of keys and values. */
export const attentionPrefillKernels = {
  'software-f32': softwareKernels.f32,
  'software-f16': softwareKernels.f16,
  'software-int8': softwareKernels.int8,
  'portable-f32': portableKernels.f32,
  'portable-f16': portableKernels.f16,
  'portable-int8': portableKernels.int8,
  'half-f32': halfKernels.f32,
  'half-f16': halfKernels.f16,
  'half-int8': halfKernels.int8,
} as const satisfies Record<`${AttentionVariant}-${KvLayer['format']}`, Kernel>;

/** What the rows of a prefill see. */
export interface PrefillKeys {
  readonly layer: KvLayer;
  /** Ends of the two runs of slots that row t sees: [0, x) and [secondStart, y); x <= secondStart <= y. */
  readonly visible: Tensor; // u32 [T, 2]
  readonly secondStart: number;
  /** Slots that the rows see at most, by which the work is cut; default: all of the layer. */
  readonly keys?: number;
}

/**
 * y [T, H * D]: query t sees the slots [0, visible[t].x) and [secondStart, visible[t].y), at least one in all.
 * `mostCost` is the most multiply-adds of a dispatch.
 */
export function attentionPrefill(
  settings: KernelSettings,
  q: Tensor,
  { layer, visible, secondStart, keys = matrixShape(layer.k)[0] }: PrefillKeys,
  y: Tensor,
  { heads, kvHeads, headDim }: HeadShape,
  mostCost?: number,
): Dispatch[] {
  const [queries] = matrixShape(q);
  const { format } = layer;
  const variant = chooseAttention(settings, {
    op: 'prefill',
    queries,
    keys,
    headDim,
    format,
    // Halves and codes of a byte lose nothing in a tile of halves; keys in f32 are kept by who asks to be exact.
    exact: format === 'f32',
  });
  const rows = queryTile(variant, headDim);
  const workgroups = ceilDiv(queries, rows) * heads;
  return workgroupRanges(settings, workgroups, rows * keys * headDim * 2, mostCost).map(
    ({ first, count, cost }) =>
      dispatch(attentionPrefillKernels[`${variant}-${format}`], {
        tensors: { q, ...kvTensors(layer), visible, y },
        constants: { H: heads, K: kvHeads, D: headDim },
        params: { queries, secondStart, firstWorkgroup: first, scale: 1 / Math.sqrt(headDim) },
        workgroups: [count],
        cost,
      }),
  );
}
