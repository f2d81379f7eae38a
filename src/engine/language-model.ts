// Runs the decoder: prefill layer by layer over the whole prompt, then one token at a time from a list made once.

import type { TextConfig } from '../config.ts';
import { head } from '../decoder/head.ts';
import { attention, keysAndValues, type BlockInput } from '../decoder/attention.ts';
import { KvCache } from '../decoder/kv-cache.ts';
import { mlp } from '../decoder/mlp.ts';
import { decoderScratch, firstRows } from '../decoder/scratch.ts';
import { invariant } from '../errors.ts';
import { Arena, writeTensor } from '../gpu/arena.ts';
import type { Dispatch } from '../gpu/kernel.ts';
import type { GpuRunner } from '../gpu/runner.ts';
import { sliceRows, type Tensor } from '../gpu/tensor.ts';
import { embedding } from '../kernels/embedding.ts';
import { gatherRows } from '../kernels/gather-rows.ts';
import type { Weights } from '../weights/weights.ts';
import { TokenLoop } from './token-loop.ts';
import type { VisualFeatures } from './vision-encoder.ts';

/** New tokens of a sequence; they follow what the cache holds. */
export interface PrefillInput {
  readonly ids: Uint32Array;
  readonly isImage: Uint8Array;
  /** Features, in order, of the tokens with one of these ids. */
  readonly image: { readonly features: VisualFeatures; readonly tokenIds: readonly number[] } | null;
  /** Rows (0 = first new token) whose logits are wanted. */
  readonly wanted: readonly number[];
}

export interface RunOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onShare?: (share: number) => void;
}

// A multiple of 64 rows, so that chunks of every tensor begin on a binding boundary.
const chunkRows = 2048;

export class LanguageModel {
  readonly #runner: GpuRunner;
  readonly #config: TextConfig;
  readonly #weights: Weights;

  constructor(runner: GpuRunner, config: TextConfig, weights: Weights) {
    this.#runner = runner;
    this.#config = config;
    this.#weights = weights;
  }

  /** A cache with room for at least `slots` tokens; whoever made it destroys it. */
  createCache(slots: number): KvCache {
    return new KvCache(this.#runner.device, this.#config, slots);
  }

  /** The decode loop over a cache; whoever made it destroys it. */
  createLoop(cache: KvCache): Promise<TokenLoop> {
    return TokenLoop.create(this.#runner, this.#config, this.#weights, cache);
  }

  /** Feeds new tokens and returns the wanted logits [wanted, V]. The cache grows only when everything went well. */
  async prefill(
    cache: KvCache,
    input: PrefillInput,
    options: RunOptions = {},
  ): Promise<Float32Array<ArrayBuffer>> {
    const { device } = this.#runner;
    const T = input.ids.length;
    invariant(
      cache.length + T <= cache.capacity,
      `${cache.length} + ${T} tokens do not fit ${cache.capacity} slots`,
    );
    const arena = new Arena(device, 'prefill');
    try {
      writeTensor(device, cache.isImage, Uint32Array.from(input.isImage), cache.length * 4);
      const x = arena.tensor('x', [T, this.#config.hiddenSize]);
      const { list, logits } = this.#prefillList(cache, input, arena, x);
      await this.#runner.run(list, options.signal, options.onShare);
      const values = new Float32Array(await this.#runner.read(logits));
      options.signal?.throwIfAborted();
      cache.length += T;
      return values;
    } finally {
      arena.destroy();
    }
  }

  #prefillList(
    cache: KvCache,
    input: PrefillInput,
    arena: Arena,
    x: Tensor,
  ): { list: Dispatch[]; logits: Tensor } {
    const { ids, image, wanted } = input;
    const C = this.#config.hiddenSize;
    const positions = arena.tensorOf(
      'positions',
      [ids.length],
      Uint32Array.from(ids, (_, t) => cache.length + t),
    );
    const idTensor = arena.tensorOf('ids', [ids.length], ids);
    const tables = {
      wteEmbedding: this.#weights.matrix('model.transformer.wte.embedding'),
      newEmbedding: this.#weights.matrix('model.transformer.wte.new_embedding'),
    };
    const features = image && {
      features: image.features.features,
      index: arena.tensorOf('feature index', [ids.length], featureIndex(ids, image.tokenIds)),
    };
    const rows = arena.tensorOf('wanted', [wanted.length], Uint32Array.from(wanted));
    const last = arena.tensor('last x', [wanted.length, C]);
    const normed = arena.tensor('last normed', [wanted.length, C]);
    const logits = arena.tensor('logits', [wanted.length, this.#config.vocabSize]);
    return {
      list: [
        ...embedding(idTensor, tables, x, features),
        ...this.#layers(cache, x, positions, arena),
        gatherRows(x, rows, last),
        ...head(this.#runner.kernels, this.#config, this.#weights, last, normed, logits),
      ],
      logits,
    };
  }

  #layers(cache: KvCache, x: Tensor, positions: Tensor, arena: Arena): Dispatch[] {
    const T = x.shape[0] ?? 0;
    const scratch = decoderScratch(this.#config, arena, Math.min(T, chunkRows));
    const list: Dispatch[] = [];
    for (let layer = 0; layer < this.#config.numLayers; layer++) {
      const inputs: BlockInput[] = [];
      for (let start = 0; start < T; start += chunkRows) {
        const rows = Math.min(chunkRows, T - start);
        inputs.push({
          kernels: this.#runner.kernels,
          config: this.#config,
          weights: this.#weights,
          layer,
          x: sliceRows(x, start, rows),
          positions: sliceRows(positions, start, rows),
          cache,
          keys: cache.length + T,
          scratch: firstRows(scratch, rows),
        });
      }
      for (const input of inputs) list.push(...keysAndValues(input));
      for (const input of inputs) list.push(...attention(input), ...mlp(input));
    }
    return list;
  }
}

/** For each token the row of its image feature plus one, 0 for tokens without one. */
function featureIndex(ids: Uint32Array, tokenIds: readonly number[]): Uint32Array<ArrayBuffer> {
  let next = 0;
  return Uint32Array.from(ids, (id) => (tokenIds.includes(id) ? ++next : 0));
}
