// A model that is ready to answer: what every question needs of it, and how much room there is for one.

import type { Grammars } from '../constraints/grammars.ts';
import type { ModelConfig, ProcessorConfig } from '../config.ts';
import { arenaBytesOf } from '../gpu/allocation.ts';
import { kernelScratchBytes } from '../gpu/kernel-settings.ts';
import type { GpuRunner } from '../gpu/runner.ts';
import type { KvFormat } from '../kernels/attention/kv-layer.ts';
import type { Tokenizer } from '../text/tokenizer.ts';
import type { Conversation } from './conversation.ts';
import type { LanguageModel } from './language-model.ts';
import type { Room } from './plan/fit.ts';
import type { Measured } from './plan/measured.ts';
import type { MemoryModel } from './plan/question-memory.ts';
import type { VisionEncoder } from './vision-encoder.ts';
import type { FeatureCache } from './visual/feature-cache.ts';

export interface LoadedModel {
  readonly runner: GpuRunner;
  readonly config: ModelConfig;
  readonly processor: ProcessorConfig;
  readonly tokenizer: Tokenizer;
  readonly vision: VisionEncoder;
  readonly language: LanguageModel;
  /** Image features of earlier questions. */
  readonly features: FeatureCache;
  /** What questions expected of their answers. */
  readonly grammars: Grammars;
  /** How long what no slice has learnt takes here. */
  readonly measured: Measured;
  readonly loadMs: number;
  /** Format of keys and values where a question asks for none. */
  readonly kv: KvFormat;
  readonly weightBytes: number;
  /** GPU memory that may be used; null where nobody said. */
  readonly memoryBytes: number | null;
  /** Whether that is what the GPU turned out to have. */
  readonly isFound?: boolean;
}

/** Gives back what is only kept to save time; whatever runs must have ended. */
export function releaseKept({ features, language }: LoadedModel): void {
  features.clear();
  language.release();
}

/** What memory of a question is counted for. */
export function memoryModel({ config, runner, language }: LoadedModel): MemoryModel {
  return {
    config,
    kernels: runner.kernels,
    sharedBytes: (always, stages) => language.sharedBytesFor(always, stages),
  };
}

/** What a question of a conversation has to fit into. */
export function roomFor(model: LoadedModel, conversation: Conversation): Room {
  const { runner, config, language, features, memoryBytes, isFound = false } = model;
  const { maxBufferSize, maxStorageBufferBindingSize } = runner.device.limits;
  // What the question uses again, and what gives way to it, is not taken.
  const free =
    features.byteLength +
    language.sharedBytes +
    conversation.byteLength +
    (runner.kernels.scratch ? kernelScratchBytes : 0);
  return {
    maxPositions: config.text.maxPositions,
    largestBuffer: Math.min(maxBufferSize, maxStorageBufferBindingSize),
    memoryBytes,
    isFound,
    takenBytes: arenaBytesOf(runner.device) - free,
  };
}
