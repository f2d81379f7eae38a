// A model that is ready to answer: what every question needs of it, and how much room there is for one.

import type { Grammars } from '../constraints/grammars.ts';
import type { ModelConfig, ProcessorConfig } from '../config.ts';
import type { KvCache } from '../decoder/kv-cache.ts';
import { Molmo2Error } from '../errors.ts';
import type { KvFormat } from '../kernels/attention/kv-layer.ts';
import type { Tokenizer } from '../text/tokenizer.ts';
import type { Conversation } from './conversation.ts';
import type { Forward } from './forward/forward.ts';
import type { GpuParts } from './gpu/gpu-forward.ts';
import type { Room } from './plan/fit.ts';
import type { Measured } from './plan/measured.ts';
import type { MemoryModel } from './plan/question-memory.ts';
import type { KeptFeatures } from './visual/feature-cache.ts';

export interface LoadedModel {
  readonly config: ModelConfig;
  readonly processor: ProcessorConfig;
  readonly tokenizer: Tokenizer;
  /** What computes. */
  readonly forward: Forward;
  /** Image features of earlier questions. */
  readonly features: KeptFeatures;
  /** What questions expected of their answers. */
  readonly grammars: Grammars;
  /** How long what no slice has learnt takes here. */
  readonly measured: Measured;
  readonly loadMs: number;
  /** Format of keys and values where a question asks for none. */
  readonly kv: KvFormat;
  readonly weightBytes: number;
  /** Memory that may be used, of the GPU where there is one; null where nobody said. */
  readonly memoryBytes: number | null;
  /** Whether that is what the GPU turned out to have. */
  readonly isFound?: boolean;
}

/** A model on a GPU, for those who put lists of their own there. */
export interface GpuModel extends LoadedModel, GpuParts {
  readonly forward: Forward<KvCache>;
  readonly features: GpuParts['features'];
}

/** The same where it is on a GPU; null elsewhere. */
export function gpuModel(model: LoadedModel): GpuModel | null {
  return 'runner' in model ? (model as GpuModel) : null;
}

/** The same for work that nothing else can do. Throws `no-webgpu` naming it. */
export function onGpu(model: LoadedModel, what: string): GpuModel {
  const found = gpuModel(model);
  if (found) return found;
  throw new Molmo2Error(
    'no-webgpu',
    `${what} needs WebGPU, which is missing here: the model is computed by a fallback. Ask the questions one after the other with ask.`,
  );
}

/** Gives back what is only kept to save time; whatever runs must have ended. */
export function releaseKept({ features, forward }: LoadedModel): void {
  features.clear();
  forward.release();
}

/** What memory of a question is counted for. */
export function memoryModel({ config, forward }: LoadedModel): MemoryModel {
  return { config, memory: (size) => forward.memory(size) };
}

/** What a question of a conversation has to fit into. */
export function roomFor(model: LoadedModel, conversation: Conversation): Room {
  const { config, forward, features, memoryBytes, isFound = false } = model;
  return {
    maxPositions: config.text.maxPositions,
    largestBuffer: forward.largestBuffer,
    memoryBytes,
    isFound,
    // What the question uses again, and what gives way to it, is not taken.
    takenBytes: forward.takenBytes - features.byteLength - conversation.byteLength,
  };
}
