// Decoder blocks of the Qwen3 kind as a graph, for one new token after a filled cache: written as the provider's exporters
// write it, so that its fusions apply (norm with the q, k and v products; norm with gate and up; norms of the heads, rotation
// and cache write with attention). Keys and values stay in buffers that are written in place.

import { graphBuilder, type GraphBuilder } from '../../src/onnx/graph-builder.ts';
import { floats } from './graph-floats.ts';
import { q4Linear, type Precision } from './linear-graphs.ts';
import type { Q4Blocks } from './q4-blocks.ts';

export interface DecoderShape {
  readonly layers: number;
  readonly width: number;
  readonly intermediate: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly eps: number;
  /** Tokens in the cache before this one, and slots that it has. */
  readonly cached: number;
  readonly slots: number;
}

export interface DecoderWeights {
  /** Norms by the checkpoint's name. */
  vector(name: string): Float32Array;
  /** Rows of a matrix by the checkpoint's name. */
  rows(name: string, firstRow: number, count: number): Q4Blocks;
  /** Cosines and sines [slots, headDim / 2]. */
  readonly cos: Float32Array;
  readonly sin: Float32Array;
}

interface Residual {
  /** The stream before the last sum, and what is added to it; null at the start. */
  readonly base: string;
  readonly added: string | null;
}

/** y [1, 1, C] = blocks(x [1, 1, C]). */
export function decoderBlocksModel(
  shape: DecoderShape,
  weights: DecoderWeights,
  precision: Precision,
): Uint8Array<ArrayBuffer> {
  const graph = graphBuilder();
  const x = graph.input('x', precision.type, [1, 1, shape.width]);
  const { base, added } = blocks(graph, shape, weights, precision, x);
  graph.node('Add', [base, added ?? x], { outputs: ['y'] });
  graph.output('y', precision.type, [1, 1, shape.width]);
  return graph.bytes();
}

/** logits [1, 1, V] of the token `id` [1, 1]: embedding, blocks, final norm and head. */
export function decodeStepModel(
  shape: DecoderShape,
  weights: DecoderWeights,
  vocabulary: number,
  precision: Precision,
): Uint8Array<ArrayBuffer> {
  const graph = graphBuilder();
  const id = graph.input('id', 'int64', [1, 1]);
  const table = weights.rows('model.transformer.wte.embedding', 0, vocabulary);
  const x = graph.node(
    'GatherBlockQuantized',
    [
      graph.constant('uint8', [vocabulary, shape.width / 2], table.codes),
      id,
      floats(graph, precision.type, [vocabulary, shape.width / 32], table.scales),
    ],
    {
      microsoft: true,
      attributes: {
        bits: { int: 4 },
        block_size: { int: 32 },
        gather_axis: { int: 0 },
        quantize_axis: { int: 1 },
      },
    },
  );
  const last = blocks(graph, shape, weights, precision, x);
  const { normed } = norm(graph, last, weights.vector('model.transformer.ln_f.weight'), shape.eps, precision);
  q4Linear(graph, normed, weights.rows('lm_head.weight', 0, vocabulary), precision, 'logits');
  graph.output('logits', precision.type, [1, 1, vocabulary]);
  return graph.bytes();
}

function blocks(
  graph: GraphBuilder,
  shape: DecoderShape,
  weights: DecoderWeights,
  precision: Precision,
  x: string,
): Residual {
  const cache = sharedInputs(graph, shape, weights, precision);
  let residual: Residual = { base: x, added: null };
  for (let layer = 0; layer < shape.layers; layer++)
    residual = block(graph, shape, weights, precision, cache, layer, residual);
  return residual;
}

interface SharedInputs {
  readonly cached: string;
  readonly total: string;
  readonly cos: string;
  readonly sin: string;
}

function sharedInputs(
  graph: GraphBuilder,
  shape: DecoderShape,
  { cos, sin }: DecoderWeights,
  { type }: Precision,
): SharedInputs {
  const { slots, headDim, cached } = shape;
  const table = [slots, headDim / 2];
  return {
    // The index of the last key, one less than the keys after this token.
    cached: graph.input('cached', 'int32', [1, 1]),
    // A constant, which spares the provider a copy for every token.
    total: graph.constant('int32', [1], Int32Array.of(cached + 1)),
    cos: floats(graph, type, table, cos),
    sin: floats(graph, type, table, sin),
  };
}

function block(
  graph: GraphBuilder,
  shape: DecoderShape,
  weights: DecoderWeights,
  precision: Precision,
  shared: SharedInputs,
  layer: number,
  before: Residual,
): Residual {
  const { width, intermediate, heads, kvHeads, headDim, eps, slots } = shape;
  const name = (part: string) => `model.transformer.blocks.${layer}.${part}`;
  const part = (x: string, matrix: string, firstRow: number, count: number) =>
    q4Linear(graph, x, weights.rows(name(matrix), firstRow, count), precision);
  const q = heads * headDim;
  const kv = kvHeads * headDim;
  const first = norm(graph, before, weights.vector(name('attn_norm.weight')), eps, precision);
  const cacheDims = [1, kvHeads, slots, headDim];
  const past = (which: string) => graph.input(`past.${layer}.${which}`, precision.type, cacheDims);
  const present = (which: string) => `present.${layer}.${which}`;
  const headNorm = (which: string) =>
    floats(graph, precision.type, [headDim], weights.vector(name(`self_attn.${which}.weight`)));
  const attended = graph.node(
    'GroupQueryAttention',
    [
      part(first.normed, 'self_attn.att_proj.weight', 0, q),
      part(first.normed, 'self_attn.att_proj.weight', q, kv),
      part(first.normed, 'self_attn.att_proj.weight', q + kv, kv),
      past('key'),
      past('value'),
      shared.cached,
      shared.total,
      shared.cos,
      shared.sin,
      ...Array<string>(5).fill(''),
      headNorm('q_norm'),
      headNorm('k_norm'),
    ],
    {
      microsoft: true,
      attributes: {
        num_heads: { int: heads },
        kv_num_heads: { int: kvHeads },
        do_rotary: { int: 1 },
        rotary_interleaved: { int: 0 },
        scale: { float: 1 / Math.sqrt(headDim) },
        qk_norm_epsilon: { float: eps },
      },
      outputs: [`attended ${layer}`, present('key'), present('value')],
    },
  );
  graph.output(present('key'), precision.type, cacheDims);
  graph.output(present('value'), precision.type, cacheDims);
  const projected = part(attended, 'self_attn.attn_out.weight', 0, width);
  const second = norm(
    graph,
    { base: first.residual, added: projected },
    weights.vector(name('ff_norm.weight')),
    eps,
    precision,
  );
  // The first rows of ff_proj make the value, the others the gate.
  const up = part(second.normed, 'mlp.ff_proj.weight', 0, intermediate);
  const gate = part(second.normed, 'mlp.ff_proj.weight', intermediate, intermediate);
  const silu = graph.node('Mul', [gate, graph.node('Sigmoid', [gate])]);
  const hidden = graph.node('Mul', [silu, up]);
  return { base: second.residual, added: part(hidden, 'mlp.ff_out.weight', 0, width) };
}

/** The root-mean-square norm of the stream, and the stream itself once its last sum is made. */
function norm(
  graph: GraphBuilder,
  { base, added }: Residual,
  weight: Float32Array,
  eps: number,
  { type }: Precision,
): { normed: string; residual: string } {
  const scale = floats(graph, type, [weight.length], weight);
  if (added === null) {
    const attributes = { axis: { int: -1 }, epsilon: { float: eps }, stash_type: { int: 1 } };
    return {
      normed: graph.node('SimplifiedLayerNormalization', [base, scale], { attributes }),
      residual: base,
    };
  }
  const residual = `sum of ${added}`;
  const normed = graph.node('SkipSimplifiedLayerNormalization', [base, added, scale], {
    microsoft: true,
    attributes: { epsilon: { float: eps } },
    outputs: [`norm of ${added}`, '', '', residual],
  });
  return { normed, residual };
}
