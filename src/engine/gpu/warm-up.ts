// What a usual question runs, from shapes alone, so that its pipelines can be compiled while the weights are on their way.
// Only what every question about a picture or a video needs is here; whatever else one needs is compiled when it is asked.

import type { ModelConfig, ProcessorConfig } from '../../config.ts';
import { attention, keysAndValues } from '../../decoder/attention.ts';
import { head } from '../../decoder/head.ts';
import { roundedSlots, type LayerCache } from '../../decoder/kv-cache.ts';
import { mlp } from '../../decoder/mlp.ts';
import { decoderScratch } from '../../decoder/scratch.ts';
import type { Dispatch } from '../../gpu/kernel.ts';
import type { KernelSettings } from '../../gpu/kernel-settings.ts';
import { shapesOnly } from '../../gpu/tensor-source.ts';
import { matrixShape } from '../../gpu/tensor.ts';
import { addRows } from '../../kernels/rows/add-rows.ts';
import { embedding } from '../../kernels/linear/embedding.ts';
import { gatherRows } from '../../kernels/rows/gather-rows.ts';
import { kvShapes, type KvFormat } from '../../kernels/attention/kv-layer.ts';
import { imagePooling2d } from '../../vision/image-pooling-2d.ts';
import { imageProjector } from '../../vision/image-projector.ts';
import { imageVit } from '../../vision/image-vit.ts';
import { visionTensors, type PieceSize } from '../../vision/vision-scratch.ts';
import type { Weights } from '../../weights/store/weights.ts';
import type { QuestionLists } from '../plan/planned-seconds.ts';
import { batchCrops, chunkRows, endTensors } from '../plan/prompt-memory.ts';
import { tokenTensors } from '../plan/token-memory.ts';
import { greedyList, tokenList } from '../decode/token-list.ts';
import type { VisualShapes } from '../visual/visual-shapes.ts';

/** A model of which nothing but shapes is needed. */
export interface UsualModel {
  readonly kernels: KernelSettings;
  readonly config: ModelConfig;
  readonly processor: ProcessorConfig;
  readonly weights: Weights;
  /** Format of keys and values where a question asks for none. */
  readonly kv: KvFormat;
}

/**
 * Tokens of prompts on both sides of the borders where kernels are chosen by rows: a small picture, and a video. A software
 * driver, which compiles on the processor that would answer, gets the first alone.
 */
function promptTokens({ capabilities }: KernelSettings): readonly number[] {
  return capabilities.software ? [300] : [300, 12_000];
}
/** Slots behind a prompt for the answer, as a question that sets no limit gets them. */
const answerSlots = 2048;

/** Dispatches with the pipelines of usual questions, in the order of their first use. Their tensors have no buffers. */
export function usualDispatches(model: UsualModel): Dispatch[] {
  const lengths = promptTokens(model.kernels);
  const caches = lengths.map((tokens) => described(model, tokens + answerSlots));
  return [
    ...vision(model),
    ...caches.flatMap((cache, i) => prompt(model, cache, lengths[i] ?? 0)),
    ...caches.flatMap((cache) => token(model, cache)),
  ];
}

/** One crop and a whole batch of them, pooled as pictures and as frames. */
function vision(model: UsualModel): Dispatch[] {
  const { config, processor } = model;
  const poolings = [processor.image, processor.video].map(
    ({ poolingSize: [rows, columns] }) => rows * columns,
  );
  return [1, batchCrops(config)].flatMap((crops) =>
    poolings.flatMap((window) => {
      const tokens = Math.ceil((crops * config.vit.numPatches) / window);
      return piece(model, { crops, tokens, window });
    }),
  );
}

/** Crops through the encoder, as many at a time as go, and what they pool to on its way to the prompt. */
function piece({ kernels, config, weights }: UsualModel, size: PieceSize): Dispatch[] {
  const { crops, tokens } = size;
  const batch = Math.min(crops, batchCrops(config));
  const tensors = visionTensors(config, batch, size);
  const { windows, pooling, projector, features } = tensors.connector(shapesOnly);
  const taps = tensors.taps(shapesOnly);
  const table = shapesOnly.tensor('values', [3, 256]);
  const rows = shapesOnly.tensor('feature rows', [tokens], 'u32');
  const x = shapesOnly.tensor('x', [tokens, config.text.hiddenSize]);
  const batches = Array.from({ length: Math.ceil(crops / batch) }, (_, i) =>
    Math.min(batch, crops - i * batch),
  );
  return [
    ...batches.flatMap((count) =>
      imageVit(kernels, config, weights, table, tensors.encoder(shapesOnly), count, { taps, row: 0 }),
    ),
    ...imagePooling2d(kernels, config, weights, taps, windows, pooling),
    ...imageProjector(kernels, weights, pooling.pooled, projector, features),
    addRows(features, rows, 0, x),
  ];
}

/** A chunk of a prompt through every layer, and the logits of its last token. */
function prompt(model: UsualModel, cache: LayerCache, tokens: number): Dispatch[] {
  const { text } = model.config;
  const rows = chunkRows(text, tokens);
  const layers = Array.from({ length: text.numLayers }, (_, layer) => layer);
  return [
    ...embedded(model, rows),
    ...layers.flatMap((layer) => block(model, cache, layer, rows)),
    ...end(model),
  ];
}

function embedded({ config, weights }: UsualModel, rows: number): Dispatch[] {
  const x = shapesOnly.tensor('x', [rows, config.text.hiddenSize]);
  return embedding(shapesOnly.tensor('ids', [rows], 'u32'), embeddingTables(weights), x);
}

/** Rows of a prompt through a layer; they see `keys` slots, by default all that the cache has. */
function block(
  { kernels, config: { text }, weights }: UsualModel,
  cache: LayerCache,
  layer: number,
  rows: number,
  keys = matrixShape(cache.layer(layer).k)[0],
): Dispatch[] {
  const input = {
    kernels,
    config: text,
    weights,
    layer,
    x: shapesOnly.tensor('x', [rows, text.hiddenSize]),
    places: shapesOnly.tensor('places', [rows, 2], 'u32'),
    visible: shapesOnly.tensor('visible', [rows, 2], 'u32'),
    spans: [{ firstRow: 0, rows, firstSlot: 0, secondStart: 0, keys }],
    cache,
    scratch: decoderScratch(text, shapesOnly, rows),
  };
  return [...keysAndValues(input), ...attention(input), ...mlp(input)];
}

/** The logits of a prompt's last token. */
function end({ kernels, config: { text }, weights }: UsualModel): Dispatch[] {
  const { last, normed, logits, rows } = endTensors(shapesOnly, text, 1);
  return [
    gatherRows(shapesOnly.tensor('x', [1, text.hiddenSize]), rows, last),
    ...head(kernels, text, weights, last, normed, logits),
  ];
}

/** A question by its numbers. */
export interface QuestionShape {
  readonly shapes: Pick<VisualShapes, 'pieces'>;
  /** Tokens of the prompt. */
  readonly tokens: number;
  /** Slots of its cache. */
  readonly slots: number;
}

/** All that a question runs: what is alike is listed once. */
export function questionLists(model: UsualModel, { shapes, tokens, slots }: QuestionShape): QuestionLists {
  const { config } = model;
  const { text } = config;
  const cache = described(model, slots);
  const pieces = counted(shapes.pieces(batchCrops(config)), ({ crops, tokens: n }) => `${crops} ${n}`);
  const step = chunkRows(text, tokens);
  const chunks = counted(
    Array.from({ length: Math.ceil(tokens / step) }, (_, i) => Math.min(step, tokens - i * step)),
    String,
  );
  return {
    vision: pieces.map(({ of, times }) => ({ list: piece(model, of), times })),
    prefill: [
      { list: [...embedded(model, tokens), ...end(model)], times: 1 },
      ...chunks.map(({ of, times }) => ({
        list: block(model, cache, 0, of, tokens),
        times: times * text.numLayers,
      })),
    ],
    token: token(model, cache),
  };
}

/** What is alike, and how often it is there. */
function counted<T>(
  all: readonly T[],
  key: (one: T) => string,
): { readonly of: T; readonly times: number }[] {
  const groups = new Map<string, { readonly of: T; readonly times: number }>();
  for (const of of all) groups.set(key(of), { of, times: (groups.get(key(of))?.times ?? 0) + 1 });
  return [...groups.values()];
}

/** A step of greedy decoding. */
function token({ kernels, config, weights }: UsualModel, cache: LayerCache): Dispatch[] {
  const { text } = config;
  const tensors = tokenTensors(shapesOnly, text);
  return [...tokenList(kernels, text, weights, cache, tensors, shapesOnly), ...greedyList(kernels, tensors)];
}

function embeddingTables(weights: Weights) {
  return {
    wteEmbedding: weights.matrix('model.transformer.wte.embedding'),
    newEmbedding: weights.matrix('model.transformer.wte.new_embedding'),
  };
}

/** A cache with room for so many tokens; all its layers are alike. */
function described({ config, kv: format }: UsualModel, tokens: number): LayerCache {
  const { numKvHeads, headDim, maxPositions } = config.text;
  const slots = roundedSlots(Math.min(tokens, maxPositions));
  const { kv, dtype, scales } = kvShapes(format, slots, numKvHeads, headDim);
  const layer = {
    format,
    k: shapesOnly.tensor('k', kv, dtype),
    v: shapesOnly.tensor('v', kv, dtype),
    scales: scales && shapesOnly.tensor('kv scales', scales, 'u32'),
  };
  const rope = shapesOnly.tensor('rope', [slots, headDim]);
  return { layer: () => layer, ropeTable: () => rope };
}
