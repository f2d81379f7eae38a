// Attention pooling: the patches of each window -> one row. The query is the window's mean; keys and values are made
// once for every patch, since windows do not overlap. Names: model.vision_backbone.image_pooling_2d.*

import type { ModelConfig } from '../config.ts';
import type { TensorSource } from '../gpu/tensor-source.ts';
import type { Dispatch } from '../gpu/kernel.ts';
import type { Tensor } from '../gpu/tensor.ts';
import { attentionPooling } from '../kernels/attention/attention-pooling.ts';
import { linear } from '../kernels/linear/linear.ts';
import type { KernelSettings } from '../gpu/kernel-settings.ts';
import { windowMean } from '../kernels/rows/window-mean.ts';
import type { Weights } from '../weights/store/weights.ts';

export interface PoolingScratch {
  readonly mean: Tensor; // [tokens, taps * E]
  readonly q: Tensor; // [tokens, H * D]
  readonly k: Tensor; // [F * P, K * D]
  readonly v: Tensor; // [F * P, K * D]
  readonly attended: Tensor; // [tokens, H * D]
  readonly pooled: Tensor; // [tokens, A]
}

/** Working memory for `rows` patches that pool to `tokens`. */
export function poolingScratch(
  { adapter, vit }: ModelConfig,
  source: TensorSource,
  rows: number,
  tokens: number,
): PoolingScratch {
  const width = vit.hiddenSize * adapter.vitLayers.length;
  const q = adapter.numHeads * adapter.headDim;
  const kv = adapter.numKvHeads * adapter.headDim;
  return {
    mean: source.tensor('window mean', [tokens, width]),
    q: source.tensor('pooling q', [tokens, q]),
    k: source.tensor('pooling k', [rows, kv]),
    v: source.tensor('pooling v', [rows, kv]),
    attended: source.tensor('pooling attended', [tokens, q]),
    pooled: source.tensor('pooled', [tokens, adapter.hiddenSize]),
  };
}

/** Fills `scratch.pooled` from `taps`; `windows` [tokens, N] lists the rows of taps of each token, -1 = none. */
export function imagePooling2d(
  kernels: KernelSettings,
  { adapter }: ModelConfig,
  weights: Weights,
  taps: Tensor,
  windows: Tensor,
  scratch: PoolingScratch,
): Dispatch[] {
  const prefix = 'model.vision_backbone.image_pooling_2d';
  const bias = (name: string) => weights.get(`${prefix}.${name}.bias`);
  const layer = (x: Tensor, name: string, y: Tensor) =>
    linear(kernels, x, weights.matrix(`${prefix}.${name}.weight`), y, { bias: bias(name) });
  const { mean, q, k, v, attended, pooled } = scratch;
  const heads = { heads: adapter.numHeads, kvHeads: adapter.numKvHeads, headDim: adapter.headDim };
  const keys = { k, v, keyBias: bias('wk'), valueBias: bias('wv') };
  return [
    windowMean(taps, windows, mean, adapter.poolingAttentionMask),
    ...layer(mean, 'wq', q),
    ...layer(taps, 'wk', k),
    ...layer(taps, 'wv', v),
    attentionPooling(q, keys, windows, attended, heads, adapter.poolingAttentionMask),
    ...layer(attended, 'wo', pooled),
  ];
}
