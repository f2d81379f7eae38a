// What one step of decoding runs, as data.

import type { TextConfig } from '../config.ts';
import { attention, keysAndValues } from '../decoder/attention.ts';
import { head } from '../decoder/head.ts';
import type { KvCache } from '../decoder/kv-cache.ts';
import { mlp } from '../decoder/mlp.ts';
import { decoderScratch } from '../decoder/scratch.ts';
import type { Arena } from '../gpu/arena.ts';
import type { Dispatch } from '../gpu/kernel.ts';
import type { Tensor } from '../gpu/tensor.ts';
import { argmax } from '../kernels/argmax.ts';
import { embedding } from '../kernels/embedding.ts';
import type { KernelSettings } from '../gpu/kernel-settings.ts';
import type { Weights } from '../weights/weights.ts';

/** What a step reads and leaves behind. */
export interface TokenTensors {
  readonly id: Tensor; // [1]
  readonly position: Tensor; // [1]
  readonly logits: Tensor; // [1, V]
  readonly winner: Tensor; // [1]
}

/** The list that computes one token: embedding, all layers, logits [1, V] and their largest. */
export function tokenList(
  kernels: KernelSettings,
  config: TextConfig,
  weights: Weights,
  cache: KvCache,
  tensors: TokenTensors,
  arena: Arena,
): Dispatch[] {
  const x = arena.tensor('x', [1, config.hiddenSize]);
  const scratch = decoderScratch(config, arena, 1);
  const tables = {
    wteEmbedding: weights.matrix('model.transformer.wte.embedding'),
    newEmbedding: weights.matrix('model.transformer.wte.new_embedding'),
  };
  const list = embedding(tensors.id, tables, x, null);
  for (let layer = 0; layer < config.numLayers; layer++) {
    const input = {
      kernels,
      config,
      weights,
      layer,
      x,
      positions: tensors.position,
      cache,
      keys: cache.capacity,
      scratch,
    };
    list.push(...keysAndValues(input), ...attention(input), ...mlp(input));
  }
  return [
    ...list,
    ...head(kernels, config, weights, x, scratch.normed, tensors.logits),
    argmax(tensors.logits, tensors.winner),
  ];
}
