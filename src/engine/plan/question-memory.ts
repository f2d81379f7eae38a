// Memory of one question. On a GPU it is counted with the very tensors that its stages will ask for.

import type { ModelConfig } from '../../config.ts';
import { kvCacheMemory, roundedSlots } from '../../decoder/kv-cache.ts';
import { arenaBytes, largestTensor, type StageTensors } from '../../gpu/activation-memory.ts';
import { kernelScratchBytes, type KernelSettings } from '../../gpu/kernel-settings.ts';
import type { KvFormat } from '../../kernels/attention/kv-layer.ts';
import { visionTensors, type PieceSize } from '../../vision/vision-scratch.ts';
import { batchCrops, endTensors, planPrefill, promptTensors } from './prompt-memory.ts';
import { stepScratch, tokenTensors } from './token-memory.ts';

/** What a question on a GPU is counted for. */
export interface GpuMemoryModel {
  readonly config: ModelConfig;
  readonly kernels: KernelSettings;
  /** Bytes of the buffers that stages share. */
  readonly sharedBytes: (always: StageTensors, stages: Readonly<Record<string, StageTensors>>) => number;
}

export interface QuestionSize {
  /** Tokens that are fed. */
  readonly tokens: number;
  /** Those of them that take an image feature. */
  readonly features: number;
  /** The largest piece of what is shown; null without pictures. */
  readonly piece: PieceSize | null;
  /** Tokens that the cache has room for, the answer's and those before the question among them. */
  readonly slots: number;
  readonly kv: KvFormat;
}

export interface QuestionMemory {
  readonly keysAndValues: number;
  readonly working: number;
  /** The largest single tensor. */
  readonly largest: number;
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** For what a question is counted, wherever it is computed. */
export interface MemoryModel {
  readonly config: ModelConfig;
  memory(size: QuestionSize): QuestionMemory;
}

export function questionMemory(
  { config, kernels, sharedBytes }: GpuMemoryModel,
  { tokens, features, piece, slots, kv }: QuestionSize,
): QuestionMemory {
  const { text } = config;
  const vision = piece && visionTensors(config, Math.min(batchCrops(config), piece.crops), piece);
  const { always, stages } = planPrefill(text, tokens, vision);
  const cache = kvCacheMemory(text, slots, kv);
  const own: readonly StageTensors[] = [
    (source) => promptTensors(source, tokens, features),
    (source) => endTensors(source, text, 1),
    (source) => tokenTensors(source, text),
    (source) => stepScratch(kernels, text, source, roundedSlots(slots)),
  ];
  return {
    keysAndValues: arenaBytes(cache),
    working:
      sharedBytes(always, stages) + sum(own.map(arenaBytes)) + (kernels.scratch ? kernelScratchBytes : 0),
    largest: largestTensor(cache, always, ...Object.values(stages), ...own),
  };
}
