// What a run of an evaluation leaves behind: plain data that is written line by line while it runs, read again to go on, reported
// and compared.

import type { AnswerScore } from '../score-answer.ts';
import type { FinishReason, KernelFamily, ModelInfo, Timings, Usage, WeightFormat } from '../../src/index.ts';
import type { QuestionKind } from '../question.ts';

/** How the model was loaded and asked; what is missing was the default. */
export interface RunSettings {
  readonly model: string;
  readonly weights?: WeightFormat;
  readonly kv?: 'f32' | 'f16' | 'int8';
  readonly kernels?: KernelFamily;
  /** Default 2048, as of `ask`. */
  readonly maxNewTokens?: number;
  /** Most crops of each picture, as of `ask`. */
  readonly maxCrops?: number;
  /** Most frames of a video that are shown; of a list of frames default all. */
  readonly maxFrames?: number;
  /** Most frames of a second that are shown, also of a list of frames; there default 2. */
  readonly maxFps?: number;
}

/** Which questions were asked. Two runs are comparable where the hashes are equal. */
export interface QuestionSet {
  /** A file's or folder's name, or what scenes were made. */
  readonly name: string;
  readonly questions: number;
  /** SHA-256 over ids, prompts, styles and references (`describeSet`), in hexadecimal. */
  readonly sha256: string;
}

/** One question that was asked. */
export interface AskedQuestion {
  readonly id: string;
  readonly kind: QuestionKind;
  readonly category?: string;
  readonly prompt: string;
  /** null where the question failed. */
  readonly answer: {
    readonly text: string;
    readonly finishReason: FinishReason;
    readonly usage: Usage;
    readonly timings: Timings;
  } | null;
  /** null where it failed, and for captions that no judge has scored. A question that failed counts as 0. */
  readonly score: AnswerScore | null;
  /** Why there is no answer; or, beside an answer, why a judge has no score for it. */
  readonly error?: { readonly code: string; readonly message: string };
}

/** The first line of a run's file. */
export interface RunHead {
  readonly format: 'molmo2-eval';
  readonly version: 1;
  readonly settings: RunSettings;
  readonly set: QuestionSet;
  /** Of the model as it was loaded. */
  readonly info: ModelInfo;
  /** Of this package. */
  readonly packageVersion: string;
  /** ISO 8601, when the run began. */
  readonly startedAt: string;
}

/** A run, finished or not: each question at most once, in the order of asking. */
export interface EvalRun extends RunHead {
  readonly asked: readonly AskedQuestion[];
}
