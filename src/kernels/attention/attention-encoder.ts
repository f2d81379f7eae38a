// Attention inside each crop of the vision encoder.

import { ceilDiv, defineKernel, dispatch, type Dispatch } from '../../gpu/kernel.ts';
import { matrixShape, type Tensor } from '../../gpu/tensor.ts';
import type { HeadShape } from './head-shape.ts';
import type { KernelSettings } from '../../gpu/kernel-settings.ts';
import source from '../../../shaders/attention-encoder.wgsl?raw';
import { attentionKernel, attentionKernels } from './attention-bodies.ts';
import { attentionPlan, workgroupRanges, type AttentionPlan } from './choose-attention.ts';

/** By variant; keys and values are rows of f32. */
export const attentionEncoderKernels = attentionKernels(
  defineKernel({
    name: 'attention-encoder',
    source,
    slots: { q: 'read', k: 'read', v: 'read', kvScales: 'read', y: 'read-write' },
    params: { patches: 'u32', firstWorkgroup: 'u32', scale: 'f32' },
  }),
  ['f32'],
);

export interface EncoderOptions {
  /** The most multiply-adds of a dispatch. */
  readonly mostCost?: number | undefined;
  /** How the work is done; the default is chosen. */
  readonly plan?: AttentionPlan;
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
  { mostCost, plan: own }: EncoderOptions = {},
): Dispatch[] {
  const [queries] = matrixShape(q);
  const shape = { heads, kvHeads, headDim };
  const plan =
    own ?? attentionPlan(settings, { op: 'encoder', queries, keys: patches, ...shape, format: 'f32' });
  const kernel = attentionKernel(attentionEncoderKernels, plan.variant, plan.form);
  const workgroups = ceilDiv(patches, plan.queryTile) * plan.headGroups * (queries / patches);
  return workgroupRanges(settings, workgroups, plan.cost, mostCost).map(({ first, count, cost }) =>
    dispatch(kernel, {
      tensors: { q, k, v, kvScales: k, y },
      constants: plan.constants,
      params: { patches, firstWorkgroup: first, scale: 1 / Math.sqrt(headDim) },
      workgroups: [count],
      cost,
    }),
  );
}
