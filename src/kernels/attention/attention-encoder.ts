// Attention inside each crop of the vision encoder.

import { ceilDiv, defineKernel, dispatch, type Dispatch } from '../../gpu/kernel.ts';
import { matrixShape, type Tensor } from '../../gpu/tensor.ts';
import type { HeadShape } from './head-shape.ts';
import type { KernelSettings } from '../../gpu/kernel-settings.ts';
import source from '../../../shaders/attention-encoder.wgsl?raw';
import reader from '../../../shaders/shared/kv-f32.wgsl?raw';
import { attentionKernels } from './attention-bodies.ts';
import { chooseAttention, queryTile, workgroupRanges } from './choose-attention.ts';

export const attentionEncoderKernels = attentionKernels(
  defineKernel({
    name: 'attention-encoder',
    source: reader + source,
    slots: { q: 'read', k: 'read', v: 'read', kvScales: 'read', y: 'read-write' },
    params: { patches: 'u32', firstWorkgroup: 'u32', scale: 'f32' },
  }),
);

export interface EncoderOptions {
  /** Whether keys and values may not be rounded to halves; default false. */
  readonly exact?: boolean;
  /** The most multiply-adds of a dispatch. */
  readonly mostCost?: number | undefined;
}

/** y [F * P, H * D] = softmax(q k^T / sqrt(D)) v within each crop of P rows. */
export function attentionEncoder(
  settings: KernelSettings,
  q: Tensor,
  k: Tensor,
  v: Tensor,
  y: Tensor,
  { heads, kvHeads, headDim }: HeadShape,
  patches: number,
  { exact = false, mostCost }: EncoderOptions = {},
): Dispatch[] {
  const [queries] = matrixShape(q);
  const work = { op: 'encoder', queries, keys: patches, headDim, format: 'f32', exact } as const;
  const variant = chooseAttention(settings, work);
  const rows = queryTile(variant, headDim);
  const workgroups = ceilDiv(patches, rows) * heads * (queries / patches);
  return workgroupRanges(settings, workgroups, rows * patches * headDim * 2, mostCost).map(
    ({ first, count, cost }) =>
      dispatch(attentionEncoderKernels[variant], {
        tensors: { q, k, v, kvScales: k, y },
        constants: { H: heads, K: kvHeads, D: headDim },
        params: { patches, firstWorkgroup: first, scale: 1 / Math.sqrt(headDim) },
        workgroups: [count],
        cost,
      }),
  );
}
