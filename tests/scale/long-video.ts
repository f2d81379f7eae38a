// A long video through one narrow decoder layer on the GPU, with sampled rows of the result, and a token that is decoded
// after it, against a reference in f64.

import { LanguageModel } from '../../src/engine/gpu/language-model.ts';
import { Arena } from '../../src/gpu/arena.ts';
import type { GpuRunner } from '../../src/gpu/runner.ts';
import type { KvFormat } from '../../src/kernels/attention/kv-layer.ts';
import { relativeError } from '../compare.ts';
import { shuffled } from '../kernels/random.ts';
import { DecoderLayer } from '../reference/decoder-layer.ts';
import { narrowConfig, narrowWeights, storedWeights, videoTokens } from './narrow-decoder.ts';
import { syntheticVideo, tokensOfFrame, type SyntheticVideo } from './synthetic-video.ts';

/** Largest error of a row of logits, relative to the row, of the prompt and of the token that is decoded after it. */
export interface LongVideoErrors {
  /** Against keys and values that are stored exactly. */
  readonly exact: { readonly prefill: number; readonly decode: number };
  /** Against keys and values that the reference rounds to the same format. */
  readonly rounded: { readonly prefill: number; readonly decode: number };
}

/** The token that is decoded behind the prompt. */
const nextId = 5;

type Sees = (query: number, key: number) => boolean;
type Logits = ReadonlyMap<number, ArrayLike<number>>;

export class LongVideo {
  readonly video: SyntheticVideo;
  readonly samples: readonly number[];
  readonly #weights = narrowWeights();
  readonly #x: readonly Float64Array<ArrayBuffer>[];
  readonly #layer: DecoderLayer;
  readonly #exact: Logits;

  /** Every kind of row is among the samples: both ends, all kinds of tokens of a frame, and rows at random. */
  constructor(frames: number, sampleCount: number) {
    this.video = syntheticVideo(frames);
    const T = this.tokens;
    const middle = Math.floor(frames / 2) * tokensOfFrame;
    const chosen = [0, 1, 3, 6, 7, 8, middle, middle + 6, middle + 7, middle + 8, T - 22, T - 21, T - 1];
    this.samples = [...new Set([...chosen, ...shuffled(9, T).slice(0, sampleCount)])];
    this.#x = this.#embedded();
    this.#layer = this.#layerOver('f32');
    this.#exact = this.#logits(this.#layer, this.#sees);
  }

  get tokens(): number {
    return this.video.ids.length;
  }

  /** Runs the GPU. `onTimes` gets how long the prompt and the token took. */
  async errors(
    runner: GpuRunner,
    format: KvFormat,
    onTimes: (prefillMs: number, decodeMs: number) => void = () => {},
  ): Promise<LongVideoErrors> {
    const logits = await this.#onGpu(runner, format, onTimes);
    const rounded = format === 'f32' ? this.#exact : this.#logits(this.#layerOver(format), this.#sees);
    return { exact: this.#errors(logits, this.#exact), rounded: this.#errors(logits, rounded) };
  }

  /** The errors that mistakes in what a row sees would make: how well the samples tell them. */
  mistakes(): Readonly<Record<string, number>> {
    const { isImage } = this.video;
    const T = this.tokens;
    const errorWith = (sees: Sees) => this.#errors(this.#logits(this.#layer, sees), this.#exact).prefill;
    return {
      'images see only what came before them': errorWith((query, key) => key <= query),
      'text sees images that come later': errorWith(
        (query, key) => this.#sees(query, key) || isImage[key] === 1,
      ),
      'a run of 64 keys is left out': errorWith(
        (query, key) => this.#sees(query, key) && Math.floor(key / 64) !== Math.floor(T / 128),
      ),
    };
  }

  readonly #sees: Sees = (query, key) => {
    const { isImage } = this.video;
    return key <= query || (isImage[query] === 1 && isImage[key] === 1);
  };

  #layerOver(format: KvFormat): DecoderLayer {
    return new DecoderLayer(narrowConfig, this.#weights, this.#x, format);
  }

  /** Logits of the sampled rows and of the decoded token, whose position is `tokens`. */
  #logits(layer: DecoderLayer, sees: Sees): Logits {
    const decoded = this.tokens;
    const rows = [...this.samples, decoded];
    return new Map(
      rows.map((row) => [row, layer.logits(row, (key) => (key === decoded ? row === key : sees(row, key)))]),
    );
  }

  #errors(actual: Logits, expected: Logits): { prefill: number; decode: number } {
    const errorOf = (row: number) => relativeError(actual.get(row) ?? [], expected.get(row) ?? []);
    return { prefill: Math.max(...this.samples.map(errorOf)), decode: errorOf(this.tokens) };
  }

  async #onGpu(
    runner: GpuRunner,
    format: KvFormat,
    onTimes: (prefillMs: number, decodeMs: number) => void,
  ): Promise<Logits> {
    const weights = storedWeights(runner.device, this.#weights);
    const model = new LanguageModel(runner, narrowConfig, weights);
    const cache = model.createCache(this.tokens + 1, format);
    try {
      const startMs = performance.now();
      const logits = await this.#prefill(runner, model, cache);
      const middleMs = performance.now();
      const loop = await model.createLoop(cache);
      loop.feed(nextId);
      const decoded = await loop.logits();
      loop.destroy();
      onTimes(middleMs - startMs, performance.now() - middleMs);
      if (!logits.every(Number.isFinite)) throw new Error('some logits are not finite');
      const V = narrowConfig.vocabSize;
      const rows = this.samples.map(
        (row) => [row, logits.subarray(row * V, (row + 1) * V)] as [number, Float32Array],
      );
      return new Map([...rows, [this.tokens, decoded]]);
    } finally {
      cache.destroy();
      model.destroy();
      weights.destroy();
    }
  }

  /** Logits of every row: a last layer need not work out rows that nobody asks for. */
  async #prefill(
    runner: GpuRunner,
    model: LanguageModel,
    cache: ReturnType<LanguageModel['createCache']>,
  ): Promise<Float32Array> {
    const { ids, isImage, features } = this.video;
    const arena = new Arena(runner.device, 'features');
    const C = narrowConfig.hiddenSize;
    const prefill = model.begin(cache, { ids, isImage, featureIds: [videoTokens.patch] }, null);
    try {
      const tensor = arena.tensorOf('image features', [features.length / C, C], features);
      await prefill.embed();
      await runner.run([prefill.addFeatures(tensor, 0)]);
      return await prefill.run(Array.from(ids.keys()));
    } finally {
      prefill.close();
      arena.destroy();
    }
  }

  /** What enters the layer: embeddings, and with those of patches their image features. */
  #embedded(): Float64Array<ArrayBuffer>[] {
    const { ids, features, featureRows } = this.video;
    const { hiddenSize: C, vocabSize } = narrowConfig;
    const words = this.#weights.get('model.transformer.wte.embedding')!.values;
    const additional = this.#weights.get('model.transformer.wte.new_embedding')!.values;
    return [...ids, nextId].map((id, t) => {
      const table = id < vocabSize ? words : additional;
      const from = (id < vocabSize ? id : id - vocabSize) * C;
      const feature = featureRows[t] ?? -1;
      return Float64Array.from(
        { length: C },
        (_, c) => table[from + c]! + (feature < 0 ? 0 : features[feature * C + c]!),
      );
    });
  }
}
