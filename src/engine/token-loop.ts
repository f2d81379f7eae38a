// The decode loop over one cache: a list recorded once; what changes per token lives in two small buffers.

import type { TextConfig } from '../config.ts';
import type { KvCache } from '../decoder/kv-cache.ts';
import { invariant } from '../errors.ts';
import { Arena, writeTensor } from '../gpu/arena.ts';
import type { PreparedList } from '../gpu/pipelines.ts';
import type { GpuRunner } from '../gpu/runner.ts';
import type { Weights } from '../weights/weights.ts';
import { tokenList, type TokenTensors } from './token-list.ts';

export class TokenLoop {
  readonly #runner: GpuRunner;
  readonly #cache: KvCache;
  readonly #arena: Arena;
  readonly #list: PreparedList;
  readonly #tensors: TokenTensors;

  private constructor(
    runner: GpuRunner,
    cache: KvCache,
    arena: Arena,
    list: PreparedList,
    tensors: TokenTensors,
  ) {
    this.#runner = runner;
    this.#cache = cache;
    this.#arena = arena;
    this.#list = list;
    this.#tensors = tensors;
  }

  static async create(
    runner: GpuRunner,
    config: TextConfig,
    weights: Weights,
    cache: KvCache,
  ): Promise<TokenLoop> {
    const arena = new Arena(runner.device, 'decode');
    try {
      const tensors = {
        id: arena.tensor('id', [1], 'u32'),
        position: arena.tensor('position', [1], 'u32'),
        logits: arena.tensor('logits', [1, config.vocabSize]),
        winner: arena.tensor('winner', [1], 'u32'),
      };
      const list = await runner.prepare(tokenList(runner.kernels, config, weights, cache, tensors, arena));
      return new TokenLoop(runner, cache, arena, list, tensors);
    } catch (error) {
      arena.destroy();
      throw error;
    }
  }

  /** Feeds one token; afterwards `winner` or `logits` tell what follows it. */
  feed(id: number): void {
    const { device } = this.#runner;
    invariant(this.#cache.length < this.#cache.capacity, `all ${this.#cache.capacity} slots are taken`);
    writeTensor(device, this.#tensors.id, Uint32Array.of(id));
    writeTensor(device, this.#tensors.position, Uint32Array.of(this.#cache.length));
    this.#runner.submit(this.#list);
    this.#cache.length += 1;
  }

  /** The most likely next token. */
  async winner(): Promise<number> {
    const [id = 0] = new Uint32Array(await this.#runner.read(this.#tensors.winner));
    return id;
  }

  /** Logits [V] of the next token. */
  async logits(): Promise<Float32Array<ArrayBuffer>> {
    return new Float32Array(await this.#runner.read(this.#tensors.logits));
  }

  destroy(): void {
    this.#list.destroy();
    this.#arena.destroy();
  }
}
