// What a usual question runs, from shapes alone, so that its pipelines can be compiled while the weights are on their way.
// Only what every question about a picture or a video needs is here; whatever else one needs is compiled when it is asked.

import type { ModelConfig, ProcessorConfig, TextConfig } from '../config.ts';
import { attention, keysAndValues } from '../decoder/attention.ts';
import { head } from '../decoder/head.ts';
import { roundedSlots, type LayerCache } from '../decoder/kv-cache.ts';
import { mlp } from '../decoder/mlp.ts';
import { decoderScratch } from '../decoder/scratch.ts';
import type { Dispatch } from '../gpu/kernel.ts';
import type { KernelSettings } from '../gpu/kernel-settings.ts';
import { shapesOnly } from '../gpu/tensor-source.ts';
import { addRows } from '../kernels/rows/add-rows.ts';
import { stopsWords } from '../kernels/tokens/advance.ts';
import { argmaxSlices } from '../kernels/tokens/argmax.ts';
import { embedding } from '../kernels/linear/embedding.ts';
import { gatherRows } from '../kernels/rows/gather-rows.ts';
import { kvShapes, type KvFormat } from '../kernels/attention/kv-layer.ts';
import { imagePooling2d } from '../vision/image-pooling-2d.ts';
import { imageProjector } from '../vision/image-projector.ts';
import { imageVit } from '../vision/image-vit.ts';
import { visionTensors } from '../vision/vision-scratch.ts';
import type { Weights } from '../weights/store/weights.ts';
import { chunkRows } from './prefill.ts';
import { greedyList, tokenList } from './token-list.ts';
import { batchCrops } from './vision-encoder.ts';

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
function vision({ kernels, config, processor, weights }: UsualModel): Dispatch[] {
  const { vit, text } = config;
  const poolings = [processor.image, processor.video].map(
    ({ poolingSize: [rows, columns] }) => rows * columns,
  );
  const table = shapesOnly.tensor('values', [3, 256]);
  return [1, batchCrops(config)].flatMap((crops) => {
    const batches = poolings.map((window) => {
      const tokens = Math.ceil((crops * vit.numPatches) / window);
      const tensors = visionTensors(config, crops, { crops, tokens, window });
      const { windows, pooling, projector, features } = tensors.connector(shapesOnly);
      const taps = tensors.taps(shapesOnly);
      const rows = shapesOnly.tensor('feature rows', [tokens], 'u32');
      const x = shapesOnly.tensor('x', [tokens, text.hiddenSize]);
      return [
        ...imageVit(kernels, config, weights, table, tensors.encoder(shapesOnly), crops, { taps, row: 0 }),
        ...imagePooling2d(kernels, config, weights, taps, windows, pooling),
        ...imageProjector(kernels, weights, pooling.pooled, projector, features),
        addRows(features, rows, 0, x),
      ];
    });
    return batches.flat();
  });
}

/** A chunk of a prompt through every layer, and the logits of its last token. */
function prompt({ kernels, config, weights }: UsualModel, cache: LayerCache, tokens: number): Dispatch[] {
  const { text } = config;
  const rows = chunkRows(text, tokens);
  const x = shapesOnly.tensor('x', [rows, text.hiddenSize]);
  const chunk = {
    kernels,
    config: text,
    weights,
    x,
    positions: shapesOnly.tensor('positions', [rows], 'u32'),
    seen: { visible: shapesOnly.tensor('visible', [rows, 2], 'u32'), secondStart: 0 },
    firstSlot: 0,
    cache,
    scratch: decoderScratch(text, shapesOnly, rows),
  };
  const layers = Array.from({ length: text.numLayers }, (_, layer) => ({ ...chunk, layer }));
  const last = shapesOnly.tensor('last x', [1, text.hiddenSize]);
  const normed = shapesOnly.tensor('last normed', [1, text.hiddenSize]);
  return [
    ...embedding(shapesOnly.tensor('ids', [rows], 'u32'), embeddingTables(weights), x),
    ...layers.flatMap((input) => [...keysAndValues(input), ...attention(input), ...mlp(input)]),
    gatherRows(x, shapesOnly.tensor('wanted', [1], 'u32'), last),
    ...head(kernels, text, weights, last, normed, logits(text)),
  ];
}

/** A step of greedy decoding. */
function token({ kernels, config, weights }: UsualModel, cache: LayerCache): Dispatch[] {
  const { text } = config;
  const tensors = {
    id: shapesOnly.tensor('id', [1], 'u32'),
    cursor: shapesOnly.tensor('cursor', [2], 'u32'),
    stops: shapesOnly.tensor('stops', [stopsWords], 'u32'),
    logits: logits(text),
    best: shapesOnly.tensor('best', [argmaxSlices(text.vocabSize), 2], 'u32'),
  };
  return [...tokenList(kernels, text, weights, cache, tensors, shapesOnly), ...greedyList(tensors)];
}

function embeddingTables(weights: Weights) {
  return {
    wteEmbedding: weights.matrix('model.transformer.wte.embedding'),
    newEmbedding: weights.matrix('model.transformer.wte.new_embedding'),
  };
}

function logits({ vocabSize }: TextConfig) {
  return shapesOnly.tensor('logits', [1, vocabSize]);
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
