// What a chat keeps between questions: the cache, the ids in it, and what was shown.

import type { MediaInfo, SavedSampling } from '../api.ts';
import { invariant } from '../errors.ts';
import type { KvFormat } from '../kernels/attention/kv-layer.ts';
import type { AnswerLoop } from './decode/answer-loop.ts';
import type { Forward, TokenCache } from './forward/forward.ts';
import type { VisualRequest } from './visual/visual-input.ts';
import { noMedia } from './visual/visual-shapes.ts';

/** What a conversation is about. */
export interface Seen {
  readonly media: MediaInfo;
  /** Seconds that are added to every time the model names. */
  readonly timeOffsetSec: number;
  /** Frames per second at which its video was sampled at most. */
  readonly maxFps: number;
  /** Names of the pictures or frames by content, in order. */
  readonly keys: readonly string[];
  /** How the media were to be sampled and cut. */
  readonly sampling: SavedSampling;
  /** The subtitles that were given, as text to compare; null without. */
  readonly subtitles: string | null;
  /** Where they can be had once more. */
  readonly source: Pick<VisualRequest, 'images' | 'video'>;
}

const nothingSeen: Seen = {
  media: noMedia,
  timeOffsetSec: 0,
  maxFps: 0,
  keys: [],
  sampling: {},
  subtitles: null,
  source: { images: [], video: null },
};

/** A place in a conversation to go back to. */
export interface Place {
  readonly length: number;
  readonly pending: readonly number[];
}

export class Conversation<C extends TokenCache = TokenCache> {
  readonly #forward: Forward<C>;
  #cache: C | null = null;
  #loop: AnswerLoop | null = null;
  #ids: number[] = [];
  /** Ids that come before the next question but are not in the cache yet: the last generated one. */
  pending: readonly number[] = [];
  /** Answers so far: without any there is nothing to continue. */
  turns = 0;
  seen: Seen = nothingSeen;
  /** Tokens up to the last one of the pictures or the video, which do not depend on what is asked; 0 without. */
  visualLength = 0;

  constructor(forward: Forward<C>) {
    this.#forward = forward;
  }

  /** Tokens that the next question continues from; 0 for an empty conversation. */
  get length(): number {
    return this.#cache?.length ?? 0;
  }

  /** The ids in the cache. */
  get ids(): readonly number[] {
    return this.#ids;
  }

  get place(): Place {
    return { length: this.length, pending: this.pending };
  }

  /** Notes which ids the cache now holds behind those before. */
  hold(ids: Iterable<number>): void {
    for (const id of ids) this.#ids.push(id);
    invariant(this.#ids.length === this.length, `${this.#ids.length} ids for ${this.length} tokens`);
  }

  /** Forgets everything. */
  reset(): void {
    this.goTo({ length: 0, pending: [] });
    this.turns = 0;
    this.seen = nothingSeen;
    this.visualLength = 0;
  }

  /** Forgets what was said; what was shown stays, for a question that shows the same. */
  forgetWords(): void {
    if (this.visualLength === 0) this.reset();
    this.goTo({ length: this.visualLength, pending: [] });
    this.turns = 0;
  }

  /** Takes back everything behind a place; what lies there is overwritten later. */
  goTo({ length, pending }: Place): void {
    if (this.#cache) this.#cache.length = length;
    this.#ids.length = length;
    this.pending = pending;
  }

  /** Another conversation that holds the same, with buffers of its own. Throws `out-of-memory` with the numbers. */
  async copy(): Promise<Conversation<C>> {
    const copy = new Conversation(this.#forward);
    if (this.#cache && this.length > 0) {
      copy.#cache = await this.#forward.reserveCache(this.#cache.capacity, this.#cache.format);
      this.#forward.copyCache(this.#cache, copy.#cache);
    }
    copy.#ids = [...this.#ids];
    copy.pending = this.pending;
    copy.turns = this.turns;
    copy.seen = this.seen;
    copy.visualLength = this.visualLength;
    return copy;
  }

  /** Format of the keys and values that it holds; null while it holds none. */
  get kvFormat(): KvFormat | null {
    return this.#cache && this.#cache.length > 0 ? this.#cache.format : null;
  }

  /** Memory of its keys and values and of its decoding. */
  get byteLength(): number {
    return (this.#cache?.byteLength ?? 0) + (this.#loop?.byteLength ?? 0);
  }

  /**
   * The cache with room for `slots` tokens; what it holds moves along when it has to grow. `format` is that of a new
   * conversation; one that goes on keeps its own. Throws `out-of-memory` with the numbers; what it holds stays.
   */
  async reserve(slots: number, format: KvFormat): Promise<C> {
    const kept = this.kvFormat ?? format;
    if (this.#cache && this.#cache.format === kept && this.#cache.capacity >= slots) return this.#cache;
    // What holds nothing is given back first: two long caches may not fit side by side.
    if (this.length === 0) this.destroy();
    const grown = await this.#forward.reserveCache(slots, kept);
    if (this.#cache) this.#forward.copyCache(this.#cache, grown);
    this.destroy();
    this.#cache = grown;
    return grown;
  }

  /** The decode loop over the cache as it is now. */
  async loop(cache: C): Promise<AnswerLoop> {
    this.#loop ??= await this.#forward.createLoop(cache);
    return this.#loop;
  }

  destroy(): void {
    this.#loop?.destroy();
    this.#loop = null;
    this.#cache?.destroy();
    this.#cache = null;
  }
}
