// What a chat keeps between questions: the cache, the ids in it, and what the pictures were.

import type { MediaInfo } from '../api.ts';
import type { KvCache } from '../decoder/kv-cache.ts';
import type { KvFormat } from '../kernels/attention/kv-layer.ts';
import type { LanguageModel } from './language-model.ts';
import type { TokenLoop } from './token-loop.ts';

export const noMedia: MediaInfo = { kind: 'none', sizes: [], timestamps: [], durationSec: null };

export class Conversation {
  readonly #model: LanguageModel;
  readonly #device: GPUDevice;
  #cache: KvCache | null = null;
  #loop: TokenLoop | null = null;
  /** Ids that come before the next question but are not in the cache yet: the last generated one. */
  pending: readonly number[] = [];
  /** Ids of the tokens in the cache, in the order of the sequence. */
  ids: readonly number[] = [];
  media: MediaInfo = noMedia;
  /** Seconds that are added to every time the model names. */
  timeOffsetSec = 0;
  /** Frames per second at which its video was sampled at most. */
  maxFps = 0;

  constructor(model: LanguageModel, device: GPUDevice) {
    this.#model = model;
    this.#device = device;
  }

  /** Tokens that the next question continues from; 0 for an empty conversation. */
  get length(): number {
    return this.#cache?.length ?? 0;
  }

  /** Forgets everything. */
  reset(): void {
    if (this.#cache) this.#cache.length = 0;
    this.pending = [];
    this.ids = [];
    this.media = noMedia;
    this.timeOffsetSec = 0;
    this.maxFps = 0;
  }

  /** Takes back everything after the first `length` tokens; what lies behind is overwritten later. */
  truncate(length: number): void {
    if (this.#cache) this.#cache.length = length;
    this.ids = this.ids.slice(0, length);
  }

  /** Format of the keys and values that it holds; null while it holds none. */
  get kvFormat(): KvFormat | null {
    return this.#cache && this.#cache.length > 0 ? this.#cache.format : null;
  }

  /**
   * The cache with room for `slots` tokens; what it holds moves along when it has to grow. `format` is that of a new
   * conversation; one that goes on keeps its own.
   */
  reserve(slots: number, format: KvFormat): KvCache {
    const kept = this.kvFormat ?? format;
    if (this.#cache && this.#cache.format === kept && this.#cache.capacity >= slots) return this.#cache;
    // What holds nothing is given back first: two long caches may not fit side by side.
    if (this.length === 0) this.destroy();
    const grown = this.#model.createCache(slots, kept);
    if (this.#cache) grown.copyFrom(this.#device, this.#cache);
    this.destroy();
    this.#cache = grown;
    return grown;
  }

  /** The decode loop over the cache as it is now. */
  async loop(cache: KvCache): Promise<TokenLoop> {
    this.#loop ??= await this.#model.createLoop(cache);
    return this.#loop;
  }

  destroy(): void {
    this.#loop?.destroy();
    this.#loop = null;
    this.#cache?.destroy();
    this.#cache = null;
  }
}
