// Decoder blocks of the Qwen3 kind for one token after a filled cache, as plain loops in f64.

import type { TextConfig } from '../../src/config.ts';
import { decodeMatrix } from '../../src/weights/formats/formats.ts';
import type { RandomWeights } from '../inputs/random-weights.ts';
import { attended, products, rmsNormed, rotated, silu } from './reference-math.ts';

/** Keys and values of the tokens before, each [cached, K * D]. */
export interface CachedValues {
  readonly k: Float32Array;
  readonly v: Float32Array;
}

/** The residual stream [C] behind block `layer`; `angles` are the token's cosines and sines [D / 2] in pairs. */
export function decoderBlock(
  config: TextConfig,
  weights: RandomWeights,
  layer: number,
  x: Float64Array,
  cache: CachedValues,
  angles: ArrayLike<number>,
): Float64Array {
  const name = (part: string) => `model.transformer.blocks.${layer}.${part}.weight`;
  const vector = (part: string) => weights.vector(name(part));
  const linear = (from: Float64Array, part: string) =>
    products(from, matrixValues(weights, name(part)), from.length);
  const { numHeads, numKvHeads, headDim, layerNormEps: eps, intermediateSize } = config;
  const fused = linear(rmsNormed(x, vector('attn_norm'), eps), 'self_attn.att_proj');
  const kStart = numHeads * headDim;
  const vStart = kStart + numKvHeads * headDim;
  const turned = (head: Float64Array, norm: string) =>
    rotated(rmsNormed(head, vector(`self_attn.${norm}`), eps), headDim, angles);
  const mixed = attended(
    turned(fused.slice(0, kStart), 'q_norm'),
    joined(cache.k, turned(fused.slice(kStart, vStart), 'k_norm')),
    joined(cache.v, fused.slice(vStart)),
    { heads: numHeads, kvHeads: numKvHeads, headDim },
  );
  const middle = added(x, linear(mixed, 'self_attn.attn_out'));
  const both = linear(rmsNormed(middle, vector('ff_norm'), eps), 'mlp.ff_proj');
  const hidden = both
    .slice(0, intermediateSize)
    .map((value, i) => value * silu(both[intermediateSize + i] ?? 0));
  return added(middle, linear(hidden, 'mlp.ff_out'));
}

/** Logits [V] behind the last block. */
export function decoderHead(config: TextConfig, weights: RandomWeights, x: Float64Array): Float64Array {
  const normed = rmsNormed(x, weights.vector('model.transformer.ln_f.weight'), config.layerNormEps);
  return products(normed, matrixValues(weights, 'lm_head.weight'), normed.length);
}

/** The values of a matrix as the kernels see them. */
export function matrixValues(weights: RandomWeights, name: string): Float32Array {
  const { format, bytes, rows, columns } = weights.stored(name);
  return decodeMatrix(format, bytes, rows, columns);
}

function added(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, i) => value + (b[i] ?? 0));
}

function joined(cached: Float32Array, own: Float64Array): Float64Array {
  const all = new Float64Array(cached.length + own.length);
  all.set(cached);
  all.set(own, cached.length);
  return all;
}
