// A prompt on its way through a fallback: image features are added to what the embeddings of its tokens take, then all layers run
// over all of it in one pass.

import { invariant } from '../../errors.ts';
import type { PromptPass, ShowOptions } from '../forward/forward.ts';
import { featureTokens, type PromptTokens, type RunOptions } from '../forward/prompt-tokens.ts';
import type { ShownUnit } from '../visual/shown-units.ts';
import { keepFeatures, visualPieces, type VisualPiece } from '../visual/visual-pieces.ts';
import type { VisualKind } from '../visual/visual-unit.ts';
import type { PlainCache } from './plain-cache.ts';
import { cropsAtOnce, type PassRunner } from './pass-runner.ts';

export class PlainPrompt implements PromptPass {
  readonly #runner: PassRunner;
  readonly #cache: PlainCache;
  readonly #prompt: PromptTokens;
  readonly #featureTokens: readonly number[];
  readonly #added: Float32Array<ArrayBuffer>; // [T, C]
  #features = 0; // so far

  constructor(runner: PassRunner, cache: PlainCache, prompt: PromptTokens) {
    this.#runner = runner;
    this.#cache = cache;
    this.#prompt = prompt;
    this.#featureTokens = featureTokens(prompt);
    this.#added = new Float32Array(prompt.ids.length * runner.config.text.hiddenSize);
  }

  /** The layers' own pass embeds. */
  async embed(): Promise<void> {}

  async show(
    kind: VisualKind,
    units: AsyncIterable<ShownUnit>,
    tokens: number,
    { signal, onCrops, onFeatures }: ShowOptions,
  ): Promise<number> {
    const { features: cache, config } = this.#runner;
    const { numPatches } = config.vit;
    const most = kind === 'video' ? cropsAtOnce : 1;
    let done = 0;
    let encoded = 0;
    const onCrop = (count: number) => onCrops?.((done += count));
    for await (const piece of visualPieces(units, { cache, most, numPatches })) {
      signal?.throwIfAborted();
      const isKnown = 'known' in piece;
      const found = isKnown ? piece.known : [await this.#encode(kind, piece, onCrop, signal)];
      for (const features of found) {
        this.#add(features);
        onFeatures?.(features);
      }
      if (isKnown) onCrop(piece.crops);
      else {
        encoded += piece.crops;
        if (found[0]) await keepFeatures(cache, piece, found[0]);
      }
    }
    invariant(this.#features === tokens, `${this.#features} image features for ${tokens} tokens`);
    return encoded;
  }

  async run(wanted: readonly number[], { signal, onShare }: RunOptions = {}): Promise<Float32Array> {
    const { ids, isImage } = this.#prompt;
    signal?.throwIfAborted();
    onShare?.(0);
    const logits = await this.#runner.decode(this.#cache, { ids, isImage, added: this.#added, wanted });
    signal?.throwIfAborted();
    this.#cache.length += ids.length;
    onShare?.(1);
    return logits;
  }

  async runEach(
    wanted: readonly number[],
    onLogits: (logits: Float32Array, place: number) => void,
    options?: RunOptions,
  ): Promise<void> {
    const logits = await this.run(wanted, options);
    const V = this.#runner.config.text.vocabSize;
    wanted.forEach((_, place) => onLogits(logits.subarray(place * V, (place + 1) * V), place));
  }

  close(): void {}

  /** The features [n, C] of a piece. */
  async #encode(
    kind: VisualKind,
    { patches, crops, pooling, window }: VisualPiece,
    onCrop: (count: number) => void,
    signal: AbortSignal | undefined,
  ): Promise<Float32Array> {
    const { passes, config } = this.#runner;
    const cropBytes = patches.byteLength / crops;
    const cropValues = config.vit.numPatches * config.vit.hiddenSize * config.adapter.vitLayers.length;
    const taps = new Float32Array(crops * cropValues);
    for (let first = 0; first < crops; first += cropsAtOnce) {
      const count = Math.min(cropsAtOnce, crops - first);
      const bytes = patches.subarray(first * cropBytes, (first + count) * cropBytes);
      taps.set(await this.#runner.run(() => passes.encode(kind, bytes, count)), first * cropValues);
      signal?.throwIfAborted();
      onCrop(count);
    }
    return this.#runner.run(() => passes.connect(taps, pooling, window));
  }

  #add(features: Float32Array): void {
    const C = this.#runner.config.text.hiddenSize;
    for (let at = 0; at < features.length; at += C) {
      const token = this.#featureTokens[this.#features++];
      invariant(token !== undefined, `image feature ${this.#features} of ${this.#featureTokens.length}`);
      this.#added.set(features.subarray(at, at + C), token * C);
    }
  }
}
