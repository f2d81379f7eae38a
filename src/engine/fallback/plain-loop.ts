// Decoding through a fallback: a pass for each token.

import type { AnswerLoop } from '../decode/answer-loop.ts';
import type { PassRunner } from './pass-runner.ts';
import type { PlainCache } from './plain-cache.ts';

/** Feeds the tokens of an answer one by one; what follows each is read and chosen from by whoever asks. */
export class PlainLoop implements AnswerLoop {
  readonly ahead = null;
  readonly byteLength = 0;
  readonly #runner: PassRunner;
  readonly #cache: PlainCache;
  #next: Promise<Float32Array> = Promise.resolve(new Float32Array(0));

  constructor(runner: PassRunner, cache: PlainCache) {
    this.#runner = runner;
    this.#cache = cache;
  }

  get cost(): number {
    const {
      hiddenSize: C,
      intermediateSize: I,
      numHeads,
      numKvHeads,
      headDim,
      numLayers,
      vocabSize,
    } = this.#runner.config.text;
    const attention = (2 * numHeads + 2 * numKvHeads) * headDim;
    return numLayers * C * (attention + 3 * I) + C * vocabSize;
  }

  feed(id: number): void {
    const added = new Float32Array(this.#runner.config.text.hiddenSize);
    const rows = { ids: Uint32Array.of(id), isImage: new Uint8Array(1), added, wanted: [0] };
    const before = this.#next;
    this.#next = before.then(async () => {
      const logits = await this.#runner.decode(this.#cache, rows);
      this.#cache.length += 1;
      return logits;
    });
    this.#next.catch(() => {}); // reported to whoever reads
  }

  logits(): Promise<Float32Array> {
    return this.#next;
  }

  destroy(): void {}
}
