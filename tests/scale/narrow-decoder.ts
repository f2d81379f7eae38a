// A decoder of one narrow layer with random weights: narrow, so that a video of 384 frames goes through it in software; one
// layer, so that keys and values of all tokens, which a sampled row depends on, are cheap to work out again.

import type { TextConfig } from '../../src/config.ts';
import { GpuStore } from '../../src/weights/store/gpu-store.ts';
import type { Weights } from '../../src/weights/store/weights.ts';
import { floats } from '../kernels/random.ts';

export const narrowConfig: TextConfig = {
  vocabSize: 64,
  additionalVocabSize: 8,
  hiddenSize: 64,
  intermediateSize: 128,
  numLayers: 1,
  numHeads: 2,
  numKvHeads: 1,
  headDim: 32,
  layerNormEps: 1e-6,
  normAfter: false,
  qkNorm: 'qwen3',
  qkvBias: false,
  ropeTheta: 5e6,
  ropeScaling: null,
  ropeScalingLayers: [],
  maxPositions: 40_960,
};

/** Ids of the additional vocabulary. */
export const videoTokens = { patch: 64, frameStart: 65, frameEnd: 66 } as const;

export interface NamedValues {
  readonly shape: readonly [number, ...number[]];
  readonly values: Float32Array<ArrayBuffer>;
}

/** How far values of the normed queries and keys spread: scores have a deviation of about 3, so that each query reads a few keys anywhere in the video and not an even mean of all, which would hide a wrong one. */
const queryScale = 2;
const keyScale = 1.5;

/** Weights by the reference's names; sizes are chosen so that no part of the block drowns another. */
export function narrowWeights(): ReadonlyMap<string, NamedValues> {
  const { vocabSize, additionalVocabSize, hiddenSize: C, intermediateSize: I } = narrowConfig;
  const { numHeads: H, numKvHeads: K, headDim: D } = narrowConfig;
  let seed = 100;
  /** Uniform values have a deviation of scale / sqrt(3). */
  const matrix = (rows: number, columns: number, deviation: number): NamedValues => ({
    shape: [rows, columns],
    values: floats(seed++, rows * columns, deviation * Math.sqrt(3)),
  });
  const norm = (size: number, scale: number): NamedValues => ({
    shape: [size],
    values: floats(seed++, size, 0.2 * scale).map((value) => scale + value),
  });
  const block = 'model.transformer.blocks.0';
  return new Map([
    ['model.transformer.wte.embedding', matrix(vocabSize, C, 1)],
    ['model.transformer.wte.new_embedding', matrix(additionalVocabSize, C, 0.5)],
    [`${block}.attn_norm.weight`, norm(C, 1)],
    [`${block}.self_attn.att_proj.weight`, matrix((H + 2 * K) * D, C, 1 / Math.sqrt(C))],
    [`${block}.self_attn.q_norm.weight`, norm(D, queryScale)],
    [`${block}.self_attn.k_norm.weight`, norm(D, keyScale)],
    [`${block}.self_attn.attn_out.weight`, matrix(C, H * D, 4 / Math.sqrt(H * D))],
    [`${block}.ff_norm.weight`, norm(C, 1)],
    [`${block}.mlp.ff_proj.weight`, matrix(2 * I, C, 1 / Math.sqrt(C))],
    [`${block}.mlp.ff_out.weight`, matrix(C, I, 1 / Math.sqrt(I))],
    ['model.transformer.ln_f.weight', norm(C, 1)],
    ['lm_head.weight', matrix(vocabSize, C, 1 / Math.sqrt(C))],
  ]);
}

/** The weights on a device, in f32. */
export function storedWeights(device: GPUDevice, named: ReadonlyMap<string, NamedValues>): Weights {
  const entries = [...named].map(([name, { shape }]) => [name, { shape, format: 'f32' as const }] as const);
  const store = new GpuStore(device, new Map(entries));
  for (const [name, { values }] of named) store.write(name, 0, new Uint8Array(values.buffer));
  return store.weights();
}
