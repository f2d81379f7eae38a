// Says before any download whether a model fits: from shapes, formats and the device's limits. Pure.

import type { PlannedSizes } from './planned-sizes.ts';
import { kernelScratchBytes } from '../gpu/kernel-settings.ts';
import { kvShapes, kvSlotBytes, usualKvFormat, type KvFormat } from '../kernels/attention/kv-layer.ts';
import { byteCount } from './files/byte-count.ts';
import { matrixParts, type BufferLimits } from './formats/matrix-parts.ts';
import { isMatrix, matrixBytes, type WeightFormat } from './formats/formats.ts';

/** One tensor as it will lie on the GPU. */
export interface PlannedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly format: WeightFormat;
}

/** Weights as a whole, where nothing is known of single tensors. */
export interface PlannedWeights {
  /** GPU memory of all of them. */
  readonly byteLength: number;
  /** Formats that occur. */
  readonly formats: readonly WeightFormat[];
}

export interface PlanInput {
  readonly config: PlannedSizes;
  readonly tensors: readonly PlannedTensor[] | PlannedWeights;
  /** Bytes that have to be fetched or read. */
  readonly downloadBytes: number;
  readonly limits: BufferLimits;
  /** GPU memory that may be used; null when nobody knows, and then only the limits decide. */
  readonly memoryBytes: number | null;
  /** Tokens of prompt and answer that should fit; default what the model reads at most. */
  readonly contextTokens?: number;
  /** Format of keys and values; default the usual one for these weights. */
  readonly kv?: KvFormat;
  /** GPU memory for image features that are kept; default `usualFeatureBytes`. */
  readonly featureCacheBytes?: number;
  /** Whether the driver computes on the processor, which goes without scratch memory for matrix products; default false. */
  readonly software?: boolean;
}

/** What a model takes and whether it fits, before anything is fetched. */
export interface LoadPlan {
  /** `fits-with`: with fewer tokens than were asked for, or without kept features. */
  readonly verdict: 'fits' | 'fits-with' | 'does-not-fit';
  /** One sentence with the numbers. */
  readonly message: string;
  /** Bytes that have to be fetched or read. */
  readonly downloadBytes: number;
  /** GPU memory of the weights. */
  readonly weightBytes: number;
  /** Format of keys and values that the plan counts with. */
  readonly kv: KvFormat;
  /** GPU memory of keys and values for every 1,000 tokens of a conversation. */
  readonly kvBytesPer1000Tokens: number;
  /** GPU memory for intermediate values while a prompt is read, and on GPUs for parts of matrix products. */
  readonly scratchBytes: number;
  /** GPU memory that features of pictures and frames may take, so that the same ones need not be encoded again. */
  readonly featureCacheBytes: number;
  /** Tokens of prompt and answer for which there is room. */
  readonly contextTokens: number;
}

const leastContext = 2048; // a picture, a question and an answer
const mostFeatureBytes = 256 * 1024 * 1024; // 20 pictures of eight crops, or 300 frames, of the 4B

/** What features may take where nobody says: as much as the longest prompt has, within a limit. */
export function usualFeatureBytes({ text }: PlannedSizes): number {
  return Math.min(mostFeatureBytes, text.maxPositions * text.hiddenSize * 4);
}

/** Bytes of keys and values of one token in all layers. */
export function kvBytesPerToken({ text }: PlannedSizes, format: KvFormat): number {
  return text.numLayers * kvSlotBytes(format, text.numKvHeads, text.headDim);
}

/** Bytes of one layer's K (or V) of one token: the largest buffer of the cache. */
function kvRowBytes({ text }: PlannedSizes, format: KvFormat): number {
  return 4 * kvShapes(format, 1, text.numKvHeads, text.headDim).kv[1];
}

// What `engine/gpu/prefill.ts` and `engine/gpu/vision-encoder.ts` plan with: rows of the decoder and the bytes they may take, and
// what the encoder's widest activation may take. A test compares the sum with the true plan.
const chunkRows = 2048;
const chunkBytes = 192 * 1024 * 1024;
const batchBytes = 40 * 1024 * 1024;
const mostCrops = 16;
const unshared = 1.2; // of the larger stage: tensors of the others that are larger than their counterpart

/** Intermediate values of a prompt of `tokens`: the residual stream, the tapped layers, and the largest of the stages. */
export function scratchBytes({ text, vit, adapter }: PlannedSizes, tokens: number): number {
  const q = text.numHeads * text.headDim;
  const kv = text.numKvHeads * text.headDim;
  const perRow = 4 * (2 * text.hiddenSize + q + Math.max(q, 2 * kv) + 3 * text.intermediateSize);
  const decoder = Math.min(Math.min(tokens, chunkRows) * perRow, chunkBytes);
  const values = vit.patchSize * vit.patchSize * 3;
  const widest = 4 * vit.numPatches * Math.max(vit.intermediateSize, vit.hiddenSize, values);
  const crops = Math.max(1, Math.min(mostCrops, Math.floor(batchBytes / widest)));
  const widths = 1.25 * values + 2 * vit.hiddenSize + 4 * vit.numHeads * vit.headDim + vit.intermediateSize;
  const encoder = 4 * crops * vit.numPatches * widths;
  const taps = 4 * crops * vit.numPatches * vit.hiddenSize * adapter.vitLayers.length;
  return Math.ceil(tokens * text.hiddenSize * 4 + taps + unshared * Math.max(decoder, encoder));
}

function tensorBytes({ name, shape, format }: PlannedTensor): number {
  const [rows = 1, columns = 1] = shape;
  if (isMatrix(name, shape)) return matrixBytes(format, rows, columns).byteLength;
  return shape.reduce((product, size) => product * size, 4);
}

/** The same of tensors one by one. */
function weightsOf(tensors: readonly PlannedTensor[]): PlannedWeights {
  return {
    byteLength: tensors.reduce((sum, tensor) => sum + tensorBytes(tensor), 0),
    formats: tensors.map(({ format }) => format),
  };
}

/** Names the tensor that no buffer of the device can hold, or null. */
function tooLarge(tensors: readonly PlannedTensor[], limits: BufferLimits): string | null {
  for (const tensor of tensors) {
    const [rows = 1, columns = 1] = tensor.shape;
    try {
      if (isMatrix(tensor.name, tensor.shape)) matrixParts(rows, columns, tensor.format, limits);
    } catch {
      return tensor.name;
    }
  }
  return null;
}

/** The plan of a load. */
export function planLoad(input: PlanInput): LoadPlan {
  const { config, tensors, limits, memoryBytes, downloadBytes } = input;
  const wanted = Math.min(input.contextTokens ?? Infinity, config.text.maxPositions);
  const { byteLength: weightBytes, formats } = 'formats' in tensors ? tensors : weightsOf(tensors);
  const kv = input.kv ?? usualKvFormat(formats);
  const perToken = kvBytesPerToken(config, kv);
  const keptBytes = input.featureCacheBytes ?? usualFeatureBytes(config);
  const largestBuffer = Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize);
  const sharedBytes = input.software ? 0 : kernelScratchBytes;
  const room = (format: KvFormat, featureBytes: number) => {
    const byLimits = Math.floor(largestBuffer / kvRowBytes(config, format));
    const byMemory =
      memoryBytes === null
        ? Infinity
        : tokensThatFit(config, format, memoryBytes - weightBytes - featureBytes - sharedBytes);
    return Math.max(0, Math.min(wanted, byLimits, byMemory));
  };
  const least = Math.min(wanted, leastContext);
  // What only saves time gives way before the model does.
  const featureCacheBytes = room(kv, keptBytes) < least && room(kv, 0) >= least ? 0 : keptBytes;
  const contextTokens = room(kv, featureCacheBytes);
  const smallest = room('int8', featureCacheBytes);
  const impossible = 'formats' in tensors ? null : tooLarge(tensors, limits);
  const numbers =
    `${byteCount(weightBytes)} of weights, ${byteCount(perToken * 1000)} for every 1,000 tokens (keys and values in ${kv})` +
    (memoryBytes === null ? '' : `, ${byteCount(memoryBytes)} may be used`) +
    (memoryBytes === null || featureCacheBytes === 0
      ? ''
      : `, ${byteCount(featureCacheBytes)} of it for kept features`);
  const result = {
    downloadBytes,
    weightBytes,
    kv,
    kvBytesPer1000Tokens: perToken * 1000,
    scratchBytes: scratchBytes(config, Math.max(least, contextTokens)) + sharedBytes,
    featureCacheBytes,
    contextTokens,
  };
  if (impossible)
    return {
      ...result,
      verdict: 'does-not-fit',
      message: `Does not fit: ${impossible} needs larger buffers than this GPU allows (${byteCount(largestBuffer)}).`,
    };
  if (contextTokens < least)
    return {
      ...result,
      verdict: 'does-not-fit',
      message: `Does not fit: ${numbers}. Use ${smallest < least ? '' : 'kv int8, '}smaller weights (q4) or a smaller model.`,
    };
  if (contextTokens < wanted)
    return {
      ...result,
      verdict: 'fits-with',
      message: `Fits with ${featureCacheBytes < keptBytes ? 'featureCacheBytes 0 and ' : ''}at most ${contextTokens} tokens of ${wanted}: ${numbers}.${smallest > contextTokens ? ` With kv int8 there is room for ${smallest}: ${byteCount(kvBytesPerToken(config, 'int8') * 1000)} for every 1,000 tokens.` : ''}`,
    };
  return { ...result, verdict: 'fits', message: `Fits: ${numbers}.` };
}

/** The longest context whose keys, values and intermediate values take at most `bytes`. */
function tokensThatFit(config: PlannedSizes, kv: KvFormat, bytes: number): number {
  let low = 0;
  let high = config.text.maxPositions;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    const need = middle * kvBytesPerToken(config, kv) + scratchBytes(config, middle);
    if (need <= bytes) low = middle;
    else high = middle - 1;
  }
  return low;
}
