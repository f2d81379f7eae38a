// The forward passes where there is no WebGPU: a fallback computes them, over arrays of this thread.

import { invariant } from '../../errors.ts';
import type { KvFormat } from '../../kernels/attention/kv-layer.ts';
import type { AnswerLoop } from '../decode/answer-loop.ts';
import type { Forward } from '../forward/forward.ts';
import type { PromptTokens } from '../forward/prompt-tokens.ts';
import type { QuestionMemory, QuestionSize } from '../plan/question-memory.ts';
import { cropsAtOnce, type PassRunner } from './pass-runner.ts';
import { PlainCache, plainCacheBytes } from './plain-cache.ts';
import { PlainLoop } from './plain-loop.ts';
import { PlainPrompt } from './plain-prompt.ts';

const largestArray = 2 ** 31 - 1; // of what runs in wasm
// A model lies here as arrays, and in the fallback as a file while it is opened and as what it makes of it.
const copiesOfWeights = 3;
export class PlainForward implements Forward<PlainCache> {
  readonly formats: readonly KvFormat[] = ['f32'];
  readonly largestBuffer = largestArray;
  readonly #runner: PassRunner;
  readonly #weightBytes: number;
  readonly #caches = new Set<PlainCache>();

  constructor(runner: PassRunner, weightBytes: number) {
    this.#runner = runner;
    this.#weightBytes = weightBytes;
  }

  get takenBytes(): number {
    const caches = [...this.#caches].reduce((sum, { byteLength }) => sum + byteLength, 0);
    return this.#weightBytes * copiesOfWeights + this.#runner.features.byteLength + caches;
  }

  memory({ tokens, features, piece, slots }: QuestionSize): QuestionMemory {
    const { text, vit } = this.#runner.config;
    // Scores, with the mask added to them, and their shares; of a prompt's rows all at once.
    const scores = text.numHeads * tokens * slots * 4;
    const rows = tokens * (8 * text.hiddenSize + 4 * text.intermediateSize) * 4;
    const crops = Math.min(piece?.crops ?? 0, cropsAtOnce) * vit.numPatches;
    const encoder =
      crops * (vit.numHeads * vit.numPatches * 3 + 8 * vit.hiddenSize + 2 * vit.intermediateSize) * 4;
    return {
      keysAndValues: plainCacheBytes(text, slots),
      working: 3 * scores + rows + encoder + (tokens + features) * text.hiddenSize * 4,
      largest: scores,
    };
  }

  async reserveCache(slots: number, format: KvFormat): Promise<PlainCache> {
    if (format !== 'f32')
      throw new RangeError(
        `options.kv is "${format}", but without WebGPU keys and values are kept in f32. Leave the option out.`,
      );
    const cache: PlainCache = new PlainCache(this.#runner.config.text, slots, () =>
      this.#caches.delete(cache),
    );
    this.#caches.add(cache);
    return cache;
  }

  copyCache(from: PlainCache, to: PlainCache): void {
    to.write(0, from.held);
    to.length = from.length;
  }

  async createLoop(cache: PlainCache): Promise<AnswerLoop> {
    return new PlainLoop(this.#runner, cache);
  }

  begin(cache: PlainCache, prompt: PromptTokens): PlainPrompt {
    invariant(!prompt.sequences, 'a fallback reads one sequence at a time');
    return new PlainPrompt(this.#runner, cache, prompt);
  }

  async allocated(): Promise<void> {}

  settled(): Promise<void> {
    return this.#runner.settled();
  }

  release(): void {}

  /** Gives everything back once nothing runs any more. */
  close(): void {
    this.#runner.features.clear();
    void this.settled()
      .then(() => this.#runner.passes.close())
      .catch(() => {});
  }
}
