// What reading a prompt takes beside keys and values: how many rows and crops go through at a time, and tensors for them.

import type { ModelConfig, TextConfig } from '../../config.ts';
import { decoderScratch } from '../../decoder/scratch.ts';
import { plannedBuffers } from '../../gpu/activation-memory.ts';
import type { TensorSource } from '../../gpu/tensor-source.ts';
import type { VisionTensors } from '../../vision/vision-scratch.ts';

const mostRows = 2048;
const scratchBytes = 192 * 1024 * 1024;
const logitsBytes = 16 * 1024 * 1024; // of rows of logits that exist at a time
const batchBytes = 40 * 1024 * 1024; // for the widest activation of a batch
const mostCrops = 16;

/** Crops that go through the encoder at once. */
export function batchCrops({ vit }: ModelConfig): number {
  const widest = Math.max(vit.intermediateSize, vit.hiddenSize, vit.patchSize * vit.patchSize * 3);
  return Math.max(1, Math.min(mostCrops, Math.floor(batchBytes / (vit.numPatches * widest * 4))));
}

/** Rows that go through a block at a time: a multiple of 64, on which chunks of every tensor begin at a binding boundary. */
export function chunkRows(config: TextConfig, tokens: number): number {
  const step = 64;
  const stepBytes = plannedBuffers(() => null, { step: (source) => decoderScratch(config, source, step) });
  const steps = Math.floor(scratchBytes / stepBytes.reduce((sum, bytes) => sum + bytes, 0));
  return Math.min(tokens, mostRows, step * Math.max(1, steps));
}

/** Rows of logits that are made at a time, of `wanted` ones. */
export function logitsRows({ vocabSize }: TextConfig, wanted: number): number {
  return Math.min(wanted, Math.max(1, Math.floor(logitsBytes / (4 * vocabSize))));
}

const nothing = () => null;

/** What a prompt of `tokens` takes: the residual stream and the tapped layers always, the rest stage by stage. */
export function planPrefill(config: TextConfig, tokens: number, vision: VisionTensors | null) {
  const rows = chunkRows(config, tokens);
  return {
    always: (source: TensorSource) => ({
      x: source.tensor('x', [tokens, config.hiddenSize]),
      taps: vision?.taps(source) ?? null,
    }),
    stages: {
      encoder: vision?.encoder ?? nothing,
      connector: vision?.connector ?? nothing,
      decoder: (source: TensorSource) => decoderScratch(config, source, rows),
    },
  };
}

/** What tells a prefill about its `tokens`, `features` of which take an image feature; zeros until they are written. */
export function promptTensors(source: TensorSource, tokens: number, features: number) {
  return {
    ids: source.tensor('ids', [tokens], 'u32'), // in row order
    featureRows: source.tensor('feature rows', [Math.max(1, features)], 'u32'), // rows of x
    places: source.tensor('places', [tokens, 2], 'u32'), // position and slot
    visible: source.tensor('visible', [tokens, 2], 'u32'),
  };
}

/** The end of a prefill: `rows` of its tokens on their way to logits. */
export function endTensors(source: TensorSource, config: TextConfig, rows: number) {
  return {
    last: source.tensor('last x', [rows, config.hiddenSize]),
    normed: source.tensor('last normed', [rows, config.hiddenSize]),
    logits: source.tensor('logits', [rows, config.vocabSize]),
    rows: source.tensor('wanted', [rows], 'u32'),
  };
}
