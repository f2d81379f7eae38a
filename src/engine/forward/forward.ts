// The forward passes of a model and the memory that they are computed in: all that an answer needs of whatever computes. On a GPU
// that is `gpu/`, without WebGPU `fallback/`; media, prompts, choices and events know neither.

import type { KvFormat } from '../../kernels/attention/kv-layer.ts';
import type { AnswerLoop } from '../decode/answer-loop.ts';
import type { QuestionMemory, QuestionSize } from '../plan/question-memory.ts';
import type { ShownUnit } from '../visual/shown-units.ts';
import type { VisualShapes } from '../visual/visual-shapes.ts';
import type { VisualKind } from '../visual/visual-unit.ts';
import type { PromptTokens, RunOptions } from './prompt-tokens.ts';

/** Keys and values of a conversation, wherever they lie. */
export interface TokenCache {
  /** Slots that hold tokens; everything beyond may be overwritten. */
  length: number;
  readonly capacity: number;
  readonly format: KvFormat;
  readonly byteLength: number;
  destroy(): void;
}

export interface ShowOptions {
  readonly signal?: AbortSignal | undefined;
  /** Crops so far whose features are there. */
  readonly onCrops?: (done: number) => void;
  /** Told the features [n, C] of one piece after another, where somebody looks at them. */
  readonly onFeatures?: ((values: Float32Array) => void) | undefined;
}

/** New tokens on their way through the decoder: embedded, then shown what they stand for, then run; closed by who began it. */
export interface PromptPass {
  embed(options?: RunOptions): Promise<void>;
  /**
   * Adds the features of what is shown, `tokens` of them, encoded or known already; returns how many crops had to be encoded.
   * Throws the signal's own reason.
   */
  show(
    kind: VisualKind,
    units: AsyncIterable<ShownUnit>,
    tokens: number,
    options: ShowOptions,
  ): Promise<number>;
  /** Runs all layers and returns the logits [wanted, V] of some tokens. The cache grows only when everything went well. */
  run(wanted: readonly number[], options?: RunOptions): Promise<Float32Array>;
  /** The same, told row by row with its place among the wanted ones. */
  runEach(
    wanted: readonly number[],
    onLogits: (logits: Float32Array, place: number) => void,
    options?: RunOptions,
  ): Promise<void>;
  close(): void;
}

export interface Forward<C extends TokenCache = TokenCache> {
  /** Formats of keys and values that it computes with. */
  readonly formats: readonly KvFormat[];
  /** Bytes of the largest buffer. */
  readonly largestBuffer: number;
  /** Memory that is taken and does not give way to a question: weights, features, and what conversations hold. */
  readonly takenBytes: number;
  /** What a question of that size takes. */
  memory(size: QuestionSize): QuestionMemory;
  /** A cache with room for so many tokens; whoever asked for it destroys it. Throws `out-of-memory` with the numbers. */
  reserveCache(slots: number, format: KvFormat): Promise<C>;
  /** Takes over everything that another cache of the same format holds. */
  copyCache(from: C, to: C): void;
  /** The loop that feeds tokens of an answer; whoever made it destroys it. */
  createLoop(cache: C): Promise<AnswerLoop>;
  /** Begins to feed new tokens; one prompt is under way at a time. `shown` is null without pictures. */
  begin(cache: C, prompt: PromptTokens, shown: Pick<VisualShapes, 'largestPiece'> | null): PromptPass;
  /** Waits until all memory that was asked for is there. Throws `out-of-memory` for the first that is not. */
  allocated(): Promise<void>;
  /** Waits until everything that was begun is done. Throws what of it failed. */
  settled(): Promise<void>;
  /** Gives back what prompts share; none may be under way. */
  release(): void;
}
