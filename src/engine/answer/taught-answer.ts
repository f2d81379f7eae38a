// An answer that is given, not generated: it is fed behind its prompt, and each of its tokens is scored by the logits before it.

import { allFinite } from '../../decoder/sampling.ts';
import { logprobOf, type IdLogprob } from '../../decoder/logprobs.ts';
import { Molmo2Error } from '../../errors.ts';
import type { PromptIds } from '../../text/prompt.ts';

export class TaughtAnswer {
  /** Log probability of each token so far. */
  readonly logprobs: IdLogprob[] = [];
  readonly #ids: readonly number[];

  /** `ids` are at least one. */
  constructor(ids: readonly number[]) {
    this.#ids = ids;
  }

  /** The prompt with the answer behind it; nothing follows its last token, which is not fed. */
  behind(prompt: PromptIds): PromptIds {
    const ids = Uint32Array.of(...prompt.ids, ...this.#ids.slice(0, -1));
    const isImage = new Uint8Array(ids.length);
    isImage.set(prompt.isImage);
    return { ids, isImage, visionTokens: prompt.visionTokens };
  }

  /** Of `tokens` that were fed, those behind which a token of the answer stands. */
  places(tokens: number): readonly number[] {
    return this.#ids.map((_, i) => tokens - this.#ids.length + i);
  }

  /** Takes the logits that a token of the answer follows, in order. Throws `not-finite`. */
  take(logits: Float32Array, place: number): void {
    if (!allFinite(logits))
      throw new Molmo2Error(
        'not-finite',
        `The logits before token ${place + 1} of the answer are not finite (NaN or infinite), so it has no probability. The weights are damaged, or leave the range of their format: get the model again, or load its checkpoint as f32.`,
      );
    const id = this.#ids[place] ?? 0;
    this.logprobs.push({ id, logprob: logprobOf(logits, id) });
  }
}
