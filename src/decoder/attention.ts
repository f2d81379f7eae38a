// The attention half of a decoder block. A prompt needs two steps: all rows' keys and values first, since image tokens see
// keys of later image tokens, then the queries. One token needs one.
// Names: model.transformer.blocks.{i}.self_attn.*; att_proj holds the rows of q, k and v in this order.

import type { TextConfig } from '../config.ts';
import type { Dispatch } from '../gpu/kernel.ts';
import type { KernelSettings } from '../gpu/kernel-settings.ts';
import type { Matrix } from '../gpu/matrix.ts';
import { narrowed, type Tensor } from '../gpu/tensor.ts';
import { attentionDecode } from '../kernels/attention/attention-decode.ts';
import { attentionPrefill } from '../kernels/attention/attention-prefill.ts';
import type { HeadShape } from '../kernels/attention/head-shape.ts';
import { linear, normedLinear } from '../kernels/linear/linear.ts';
import { rmsNorm } from '../kernels/rows/rms-norm.ts';
import { rotateHeads, type HeadNorm } from '../kernels/attention/rotate-heads.ts';
import type { Weights } from '../weights/store/weights.ts';
import type { LayerCache } from './kv-cache.ts';
import type { RowSpan } from './prompt-order.ts';
import type { DecoderScratch, TokenScratch } from './scratch.ts';

/** Rows of the sequence on their way through one block. */
export interface BlockInput {
  readonly kernels: KernelSettings;
  readonly config: TextConfig;
  readonly weights: Weights;
  readonly layer: number;
  readonly x: Tensor; // [T, C] residual stream
  readonly cache: LayerCache;
  readonly scratch: Omit<DecoderScratch, 'qkv'>;
  /** Position, and whether all decoding has stopped: then nothing needs to be computed any more. */
  readonly cursor?: Tensor | undefined; // [2]
}

/** Rows of a prompt. */
export interface PromptRows extends BlockInput {
  readonly scratch: DecoderScratch;
  readonly places: Tensor; // [T, 2] position for RoPE, slot
  /** What each row sees (`promptOrder`). */
  readonly visible: Tensor; // [T, 2]
  /** All rows, in spans that see the same. */
  readonly spans: readonly RowSpan[];
}

/** The rows of a step of decoding: one, or one of each of several branches. */
export interface TokenRows extends BlockInput {
  /** Where they stand, which attention reads: [2] or [rows, 4], as `attentionDecode` takes it. */
  readonly cursors: Tensor;
  readonly scratch: TokenScratch;
}

export function blockWeight({ weights, layer }: BlockInput, name: string): Tensor {
  return weights.get(`model.transformer.blocks.${layer}.${name}`);
}

export function blockMatrix({ weights, layer }: BlockInput, name: string): Matrix {
  return weights.matrix(`model.transformer.blocks.${layer}.${name}`);
}

function headShape({ config }: BlockInput): HeadShape {
  return { heads: config.numHeads, kvHeads: config.numKvHeads, headDim: config.headDim };
}

/** Norm of q and k before the rotation: of each head (`qwen3`), of the whole vector (`olmo`), or none. */
function headNorm(input: BlockInput): HeadNorm | null {
  const { qkNorm, layerNormEps } = input.config;
  if (!qkNorm) return null;
  return {
    of: qkNorm === 'qwen3' ? 'head' : 'row',
    q: blockWeight(input, 'self_attn.q_norm.weight'),
    k: blockWeight(input, 'self_attn.k_norm.weight'),
    eps: layerNormEps,
  };
}

/** Rows of att_proj from `weightRow` on, of normed rows in a pre-norm block and of raw ones in a post-norm block. */
function projection(input: BlockInput, y: Tensor, weightRow: number): Dispatch[] {
  const { config, kernels, scratch, cursor } = input;
  const bias = config.qkvBias ? blockWeight(input, 'self_attn.att_proj.bias') : undefined;
  const matrix = blockMatrix(input, 'self_attn.att_proj.weight');
  const norm = config.normAfter
    ? null
    : { weight: blockWeight(input, 'attn_norm.weight'), eps: config.layerNormEps };
  return normedLinear(kernels, input.x, norm, matrix, y, scratch.normed, { weightRow, bias, cursor });
}

function output(input: BlockInput): Dispatch[] {
  return addToResidual(input, input.scratch.attended, 'self_attn.attn_out.weight', 'attn_norm.weight');
}

/** Step 1 of a prompt: keys and values of the rows go into the cache. */
export function keysAndValues(input: PromptRows): Dispatch[] {
  const { kernels, scratch, cache, layer } = input;
  const shape = headShape(input);
  const kv = narrowed(scratch.qkv, 2 * shape.kvHeads * shape.headDim);
  const layerCache = cache.layer(layer);
  return [
    ...projection(input, kv, shape.heads * shape.headDim),
    rotateHeads(
      kernels,
      kv,
      { ...shape, heads: 0 },
      headNorm(input),
      cache.ropeTable(layer),
      input,
      layerCache,
    ),
  ];
}

/** Step 2 of a prompt: the rows' queries see the cache, and the result is added to the residual stream. */
export function attention(input: PromptRows): Dispatch[] {
  const { kernels, scratch, cache, layer, visible, spans } = input;
  const shape = headShape(input);
  const q = narrowed(scratch.qkv, shape.heads * shape.headDim);
  const layerCache = cache.layer(layer);
  return [
    ...projection(input, q, 0),
    rotateHeads(
      kernels,
      q,
      { ...shape, kvHeads: 0 },
      headNorm(input),
      cache.ropeTable(layer),
      input,
      layerCache,
    ),
    ...spans.flatMap((span) =>
      attentionPrefill(kernels, q, { layer: layerCache, visible, ...span }, scratch.attended, shape),
    ),
    ...output(input),
  ];
}

/** The attention half for a token of each row: its key and value go into the cache, its query sees all of its own. */
export function tokenAttention(input: TokenRows): Dispatch[] {
  const { kernels, cache, layer, cursors } = input;
  const { work } = input.scratch;
  const making = { norm: headNorm(input), table: cache.ropeTable(layer) };
  return [
    ...projection(input, work.row, 0),
    ...attentionDecode(kernels, work, making, cache.layer(layer), cursors, headShape(input)),
    ...output(input),
  ];
}

/** x += W y in a pre-norm block, x += norm(W y) in a post-norm one. */
export function addToResidual(input: BlockInput, y: Tensor, weight: string, norm: string): Dispatch[] {
  const { kernels, config, scratch, cursor, x } = input;
  const matrix = blockMatrix(input, weight);
  if (!config.normAfter) return linear(kernels, y, matrix, x, { accumulate: true, cursor });
  return [
    ...linear(kernels, y, matrix, scratch.output, { cursor }),
    rmsNorm(scratch.output, blockWeight(input, norm), x, config.layerNormEps, true),
  ];
}
