// Attention of the decoder for many new rows.

import { ceilDiv, defineKernel, dispatch, type Dispatch } from '../../gpu/kernel.ts';
import { matrixShape, type Tensor } from '../../gpu/tensor.ts';
import type { HeadShape } from './head-shape.ts';
import type { KernelSettings } from '../../gpu/kernel-settings.ts';
import source from '../../../shaders/attention-prefill.wgsl?raw';
import { attentionForms, attentionKernel, attentionKernels } from './attention-bodies.ts';
import { attentionPlan, workgroupRanges, type AttentionPlan } from './choose-attention.ts';
import { kvTensors, type KvLayer } from './kv-layer.ts';

/** By variant and form of keys and values. */
export const attentionPrefillKernels = attentionKernels(
  defineKernel({
    name: 'attention-prefill',
    source,
    slots: { q: 'read', k: 'read', v: 'read', kvScales: 'read', visible: 'read', y: 'read-write' },
    params: {
      queries: 'u32',
      firstRow: 'u32',
      firstSlot: 'u32',
      secondStart: 'u32',
      firstWorkgroup: 'u32',
      scale: 'f32',
    },
  }),
  attentionForms,
);

/** What the rows of a prefill see. */
export interface PrefillKeys {
  readonly layer: KvLayer;
  /** Ends of the two runs of slots that row t sees: [0, x) and [secondStart, y); x <= secondStart <= y. */
  readonly visible: Tensor; // u32 [T, 2]
  readonly secondStart: number;
  /** The slot that these ends are counted from; default 0. */
  readonly firstSlot?: number;
  /** The rows that are attended for; default all. Whatever else is in `q` and `visible`, `y` keeps. */
  readonly firstRow?: number;
  readonly rows?: number;
  /** Slots that the rows see at most, by which the work is cut; default: all of the layer. */
  readonly keys?: number;
}

export interface PrefillOptions {
  /** The most multiply-adds of a dispatch. */
  readonly mostCost?: number | undefined;
  /** How the work is done; the default is chosen. */
  readonly plan?: AttentionPlan;
}

/**
 * y [T, H * D]: query t sees the slots [0, visible[t].x) and [secondStart, visible[t].y), counted from `firstSlot` on, at least
 * one in all.
 */
export function attentionPrefill(
  settings: KernelSettings,
  q: Tensor,
  seen: PrefillKeys,
  y: Tensor,
  { heads, kvHeads, headDim }: HeadShape,
  { mostCost, plan: own }: PrefillOptions = {},
): Dispatch[] {
  const { layer, visible, secondStart, firstSlot = 0, firstRow = 0 } = seen;
  const { keys = matrixShape(layer.k)[0], rows: queries = matrixShape(q)[0] - firstRow } = seen;
  const shape = { heads, kvHeads, headDim };
  const plan =
    own ?? attentionPlan(settings, { op: 'prefill', queries, keys, ...shape, format: layer.format });
  const kernel = attentionKernel(attentionPrefillKernels, plan.variant, plan.form);
  const workgroups = ceilDiv(queries, plan.queryTile) * plan.headGroups;
  return workgroupRanges(settings, workgroups, plan.cost, mostCost).map(({ first, count, cost }) =>
    dispatch(kernel, {
      tensors: { q, ...kvTensors(layer), visible, y },
      constants: plan.constants,
      params: {
        queries,
        firstRow,
        firstSlot,
        secondStart,
        firstWorkgroup: first,
        scale: 1 / Math.sqrt(headDim),
      },
      workgroups: [count],
      cost,
    }),
  );
}
