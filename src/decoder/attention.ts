// The attention half of a decoder block, in the two steps that prefill needs: all rows' keys and values first, since
// image tokens see keys of later image tokens, then the queries.
// Names: model.transformer.blocks.{i}.self_attn.*; att_proj holds the rows of q, k and v in this order.

import type { TextConfig } from '../config.ts';
import type { Dispatch } from '../gpu/kernel.ts';
import type { Matrix } from '../gpu/matrix.ts';
import { reshape, type Tensor } from '../gpu/tensor.ts';
import { attentionDecode } from '../kernels/attention-decode.ts';
import { attentionPrefill } from '../kernels/attention-prefill.ts';
import { kvWrite } from '../kernels/kv-write.ts';
import { linear } from '../kernels/linear.ts';
import { rmsNorm } from '../kernels/rms-norm.ts';
import { rope } from '../kernels/rope.ts';
import type { KernelSettings } from '../gpu/kernel-settings.ts';
import type { Weights } from '../weights/weights.ts';
import type { KvCache } from './kv-cache.ts';
import type { DecoderScratch } from './scratch.ts';

/** Some rows of the sequence on their way through one block. */
export interface BlockInput {
  readonly kernels: KernelSettings;
  readonly config: TextConfig;
  readonly weights: Weights;
  readonly layer: number;
  readonly x: Tensor; // [T, C] residual stream
  readonly positions: Tensor; // [T] for RoPE
  readonly cache: KvCache;
  /** What each row sees (`promptOrder`); null for one row that sees everything up to its position. */
  readonly seen: { readonly visible: Tensor; readonly secondStart: number } | null;
  /** The slots that the rows' keys and values go to, and the first of them. */
  readonly slots: Tensor; // [T]
  readonly firstSlot: number;
  readonly scratch: DecoderScratch;
}

export function blockWeight({ weights, layer }: BlockInput, name: string): Tensor {
  return weights.get(`model.transformer.blocks.${layer}.${name}`);
}

export function blockMatrix({ weights, layer }: BlockInput, name: string): Matrix {
  return weights.matrix(`model.transformer.blocks.${layer}.${name}`);
}

/** What attention reads: the normed rows of a pre-norm block, the raw residual of a post-norm one. */
function attentionInput(input: BlockInput): { x: Tensor; list: Dispatch[] } {
  const { config, x, scratch } = input;
  if (config.normAfter) return { x, list: [] };
  const norm = rmsNorm(x, blockWeight(input, 'attn_norm.weight'), scratch.normed, config.layerNormEps);
  return { x: scratch.normed, list: [norm] };
}

/** Norm of q or k before the rotation: of each head (`qwen3`), of the whole vector (`olmo`), or none. */
function headNorm(
  input: BlockInput,
  name: 'q_norm' | 'k_norm',
  raw: Tensor,
  normed: Tensor,
): { x: Tensor; list: Dispatch[] } {
  const { config } = input;
  if (!config.qkNorm) return { x: raw, list: [] };
  const weight = blockWeight(input, `self_attn.${name}.weight`);
  const [rows = 0, width = 0] = raw.shape;
  const perHead = [(rows * width) / config.headDim, config.headDim];
  const seen = config.qkNorm === 'qwen3' ? reshape(raw, perHead) : raw;
  return { x: normed, list: [rmsNorm(seen, weight, normed, config.layerNormEps)] };
}

function projection(input: BlockInput, x: Tensor, y: Tensor, weightRow: number): Dispatch[] {
  const bias = input.config.qkvBias ? blockWeight(input, 'self_attn.att_proj.bias') : undefined;
  return linear(input.kernels, x, blockMatrix(input, 'self_attn.att_proj.weight'), y, { weightRow, bias });
}

/** Step 1: keys and values of the rows go into the cache. */
export function keysAndValues(input: BlockInput): Dispatch[] {
  const { config, scratch, cache, layer, positions } = input;
  const from = attentionInput(input);
  const kRow = config.numHeads * config.headDim;
  const vRow = kRow + config.numKvHeads * config.headDim;
  const k = headNorm(input, 'k_norm', scratch.k, scratch.kNormed);
  return [
    ...from.list,
    ...projection(input, from.x, scratch.k, kRow),
    ...projection(input, from.x, scratch.v, vRow),
    ...k.list,
    rope(cache.ropeTable(layer), positions, k.x, config.numKvHeads, config.headDim),
    kvWrite(k.x, scratch.v, input.slots, cache.layer(layer).k, cache.layer(layer).v),
  ];
}

/** Step 2: the rows' queries see the cache, and the result is added to the residual stream. */
export function attention(input: BlockInput): Dispatch[] {
  const { config, scratch, cache, layer, positions, x } = input;
  const from = attentionInput(input);
  const q = headNorm(input, 'q_norm', scratch.q, scratch.qNormed);
  const heads = { heads: config.numHeads, kvHeads: config.numKvHeads, headDim: config.headDim };
  const layerCache = cache.layer(layer);
  const { k, v } = layerCache;
  const attend = input.seen
    ? attentionPrefill(
        input.kernels,
        q.x,
        { layer: { format: 'f32', k, v, scales: null }, ...input.seen },
        scratch.attended,
        heads,
      )
    : [attentionDecode(input.kernels, q.x, k, v, positions, scratch.attended, heads)];
  return [
    ...from.list,
    ...projection(input, from.x, scratch.q, 0),
    ...q.list,
    rope(cache.ropeTable(layer), positions, q.x, config.numHeads, config.headDim),
    ...attend,
    ...addToResidual(input, scratch.attended, 'self_attn.attn_out.weight', 'attn_norm.weight'),
  ];
}

/** x += W y in a pre-norm block, x += norm(W y) in a post-norm one. */
export function addToResidual(input: BlockInput, y: Tensor, weight: string, norm: string): Dispatch[] {
  const { config, scratch, x } = input;
  if (!config.normAfter) return linear(input.kernels, y, blockMatrix(input, weight), x, { accumulate: true });
  return [
    ...linear(input.kernels, y, blockMatrix(input, weight), scratch.output),
    rmsNorm(scratch.output, blockWeight(input, norm), x, config.layerNormEps, true),
  ];
}
