// What one step of decoding runs, as data: the logits that follow a token, and one of two ways to go on from them.

import type { TextConfig } from '../../config.ts';
import { tokenAttention } from '../../decoder/attention.ts';
import { head } from '../../decoder/head.ts';
import type { LayerCache } from '../../decoder/kv-cache.ts';
import { mlp } from '../../decoder/mlp.ts';
import type { Dispatch } from '../../gpu/kernel.ts';
import { elementCount, matrixShape, type Tensor } from '../../gpu/tensor.ts';
import type { TensorSource } from '../../gpu/tensor-source.ts';
import { isBranched } from '../../kernels/attention/cursors.ts';
import { advance } from '../../kernels/tokens/advance.ts';
import { argmax } from '../../kernels/tokens/argmax.ts';
import { topKMerge } from '../../kernels/tokens/top-k-merge.ts';
import { topK } from '../../kernels/tokens/top-k.ts';
import { embedding } from '../../kernels/linear/embedding.ts';
import type { KernelSettings } from '../../gpu/kernel-settings.ts';
import type { Weights } from '../../weights/store/weights.ts';
import { stepScratch } from '../plan/token-memory.ts';

/** What a step reads and leaves behind: of one sequence, or of rows that each belong to another. */
export interface TokenTensors {
  readonly id: Tensor; // [rows] the token to feed
  readonly cursor: Tensor; // [2] its slot; 1 once decoding has stopped; or [rows, 4] (kernels/attention/cursors.ts)
  readonly stops: Tensor; // [rows, stopsWords]
  readonly logits: Tensor; // [rows, V]
  readonly best: Tensor; // [rows, argmaxSlices(V), 2]
}

/** The list that computes the logits [rows, V] that follow tokens: embedding, all layers and the head. */
export function tokenList(
  kernels: KernelSettings,
  config: TextConfig,
  weights: Weights,
  cache: LayerCache,
  tensors: TokenTensors,
  source: TensorSource,
): Dispatch[] {
  const rows = elementCount(tensors.id.shape);
  // Some of several rows go on when others have ended.
  const cursor = isBranched(tensors.cursor) ? undefined : tensors.cursor;
  const [slots] = matrixShape(cache.layer(0).k);
  const { x, scratch } = stepScratch(kernels, config, source, slots, rows);
  const tables = {
    wteEmbedding: weights.matrix('model.transformer.wte.embedding'),
    newEmbedding: weights.matrix('model.transformer.wte.new_embedding'),
  };
  const list = embedding(tensors.id, tables, x);
  for (let layer = 0; layer < config.numLayers; layer++) {
    const input = {
      kernels,
      config,
      weights,
      layer,
      x,
      cursor,
      cursors: tensors.cursor,
      cache,
      scratch,
    };
    list.push(...tokenAttention(input), ...mlp(input));
  }
  return [...list, ...head(kernels, config, weights, x, scratch.normed, tensors.logits, { cursor })];
}

/** Makes the likeliest token of each row the one that the next step feeds, or stops. */
export function greedyList(
  kernels: KernelSettings,
  { id, cursor, stops, logits, best }: TokenTensors,
): Dispatch[] {
  return [argmax(kernels, logits, best), advance(best, stops, id, cursor)];
}

/** What drawing a token reads and leaves behind. */
export interface DrawTensors {
  readonly temperature: Tensor; // [rows]
  readonly lists: Tensor; // [rows, topKSlices(V), topKPairs, 2]
  readonly candidates: Tensor; // [rows, topKPairs, 2]
}

/** Finds the most likely tokens and what the softmax of all adds up to. */
export function drawList(
  { logits }: TokenTensors,
  { temperature, lists, candidates }: DrawTensors,
): Dispatch[] {
  return [topK(logits, temperature, lists), topKMerge(lists, temperature, candidates)];
}
