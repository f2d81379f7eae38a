// A model that is ready to answer: what every question needs of it.

import type { Grammars } from '../constraints/grammars.ts';
import type { ModelConfig, ProcessorConfig } from '../config.ts';
import type { GpuRunner } from '../gpu/runner.ts';
import type { KvFormat } from '../kernels/attention/kv-layer.ts';
import type { Tokenizer } from '../text/tokenizer.ts';
import type { LanguageModel } from './language-model.ts';
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
  readonly loadMs: number;
  /** Format of keys and values where a question asks for none. */
  readonly kv: KvFormat;
}
