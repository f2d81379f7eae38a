// The decode loop over one cache: lists recorded once; what changes per token lives in small buffers on the GPU.

import { settle } from '#gpu/instance';
import type { TextConfig } from '../../config.ts';
import type { KvCache } from '../../decoder/kv-cache.ts';
import type { LogitsOptions } from '../../decoder/logits-processors.ts';
import { allFinite, drawCandidate, sampleToken, type SamplingOptions } from '../../decoder/sampling.ts';
import { invariant } from '../../errors.ts';
import { Arena } from '../../gpu/arena.ts';
import type { PreparedList, Step } from '../../gpu/pipelines.ts';
import { ReadbackRing } from '../../gpu/readback-ring.ts';
import { submitSteps } from '../../gpu/replay.ts';
import type { GpuRunner } from '../../gpu/runner.ts';
import type { Tensor } from '../../gpu/tensor.ts';
import { stopsWords, writeStops } from '../../kernels/tokens/advance.ts';
import { noToken } from '../../kernels/tokens/argmax.ts';
import type { Weights } from '../../weights/store/weights.ts';
import { PenaltySteps } from '../answer/penalty-steps.ts';
import { MaskSteps } from '../expect/mask-steps.ts';
import { tokenTensors } from '../plan/token-memory.ts';
import { TokenDraws } from './token-draws.ts';
import { greedyList, tokenList, type TokenTensors } from './token-list.ts';

export interface GreedyOptions {
  /** Ids that end the text: the last one that comes. */
  readonly endIds: readonly number[];
  /** Most ids that come. */
  readonly limit: number;
  readonly signal?: AbortSignal | undefined;
  /** Steps that are queued at most; a GPU never waits for us with 2 or more. */
  readonly window?: number | undefined;
}

// Beyond these the steps that are wasted after an end id cost more than the waits that they avoid. A software driver
// computes a wasted step on the processor that would have been busy with the next question.
const mostQueued = 8;
const gpuWindow = 4;
const softwareWindow = 1;

export interface TokenLoopOptions {
  /**
   * Whether the device computes beside this thread: steps are queued ahead and candidates are sorted on it. Default: unless
   * it is a software driver.
   */
  readonly beside?: boolean | undefined;
}

export class TokenLoop {
  readonly #runner: GpuRunner;
  readonly #beside: boolean;
  readonly #cache: KvCache;
  readonly #arena: Arena;
  readonly #tensors: TokenTensors;
  readonly #list: PreparedList; // a token's logits, then the choice of the likeliest
  readonly #tokenSteps: readonly Step[]; // without that choice
  readonly #choice: readonly Step[]; // nothing but that
  #penalties: PenaltySteps | null = null;
  #masks: MaskSteps | null = null;
  #feeding: readonly Step[]; // what a token runs, up to its logits
  #choosing: readonly Step[]; // the same and the choice of the likeliest
  #draws: TokenDraws | null = null;
  readonly #ring: ReadbackRing;
  readonly #stops = new Uint32Array(stopsWords);
  readonly #id = new Uint32Array(1);
  readonly #cursor = new Uint32Array(2);

  private constructor(
    runner: GpuRunner,
    cache: KvCache,
    arena: Arena,
    tensors: TokenTensors,
    list: PreparedList,
    tokenSteps: number,
    ring: ReadbackRing,
    beside: boolean,
  ) {
    this.#runner = runner;
    this.#beside = beside;
    this.#cache = cache;
    this.#arena = arena;
    this.#tensors = tensors;
    this.#list = list;
    this.#tokenSteps = list.steps.slice(0, tokenSteps);
    this.#choice = list.steps.slice(tokenSteps);
    this.#feeding = this.#tokenSteps;
    this.#choosing = list.steps;
    this.#ring = ring;
  }

  static async create(
    runner: GpuRunner,
    config: TextConfig,
    weights: Weights,
    cache: KvCache,
    { beside = !runner.kernels.capabilities.software }: TokenLoopOptions = {},
  ): Promise<TokenLoop> {
    const arena = new Arena(runner.device, 'decode');
    let ring: ReadbackRing | null = null;
    try {
      const tensors = tokenTensors(arena, config);
      ring = new ReadbackRing(runner.device, tensors.id, mostQueued);
      const token = tokenList(runner.kernels, config, weights, cache, tensors, arena);
      const list = await runner.prepare([...token, ...greedyList(runner.kernels, tensors)]);
      return new TokenLoop(runner, cache, arena, tensors, list, token.length, ring, beside);
    } catch (error) {
      ring?.destroy();
      arena.destroy();
      throw error;
    }
  }

  /** It chooses by itself, ahead of whoever reads. */
  get ahead(): TokenLoop {
    return this;
  }

  /** Multiply-adds of one greedy step. */
  get cost(): number {
    return this.#list.steps.reduce((sum, { cost }) => sum + cost, 0);
  }

  /** GPU memory of its tensors. */
  get byteLength(): number {
    return this.#arena.byteLength;
  }

  /** Dispatches of one greedy step. */
  get dispatches(): number {
    return this.#list.steps.length;
  }

  /** Asks for what answers with these settings need besides, so that none of it is lacking once they have begun. */
  async equip({
    changes,
    draws,
    masks,
  }: Readonly<Record<'changes' | 'draws' | 'masks', boolean>>): Promise<void> {
    if (changes) this.#penalties ??= await PenaltySteps.create(this.#runner, this.#tensors);
    if (draws && this.#beside) this.#draws ??= await TokenDraws.create(this.#runner, this.#tensors);
    if (masks) this.#masks ??= await MaskSteps.create(this.#runner, this.#tensors.logits);
  }

  /**
   * Begins an answer behind the ids `before`: from now on logits are changed as the options say, before a token is chosen or
   * logits are read, and every token that is fed counts. null: they stay as the model gives them.
   */
  async penalize(options: LogitsOptions | null, before: readonly number[] = []): Promise<void> {
    if (options) {
      this.#penalties ??= await PenaltySteps.create(this.#runner, this.#tensors);
      this.#penalties.begin(options, before);
    }
    const between = (options && this.#penalties?.steps) ?? [];
    this.#feeding = [...this.#tokenSteps, ...between];
    this.#choosing = [...this.#feeding, ...this.#choice];
  }

  /** Feeds one token; afterwards `logits` tells what follows it. */
  feed(id: number): void {
    this.#place(id);
    submitSteps(this.#runner.device, this.#feeding);
    this.#cache.length += 1;
  }

  /** Feeds tokens that are known, and returns the logits [V] that follow them. Throws the signal's own reason. */
  async feedAll(ids: readonly number[], signal?: AbortSignal): Promise<Float32Array<ArrayBuffer>> {
    for (const [i, id] of ids.entries()) {
      this.feed(id);
      if (i % mostQueued < mostQueued - 1) continue;
      await settle(this.#runner.device.queue.onSubmittedWorkDone());
      this.#runner.check();
      signal?.throwIfAborted();
    }
    return this.logits();
  }

  /** Logits [V] of the next token. */
  async logits(): Promise<Float32Array<ArrayBuffer>> {
    return new Float32Array(await this.#runner.read(this.#tensors.logits));
  }

  /**
   * Feeds one token and draws the next, as `sampleToken` does from all logits with this number in [0, 1); `noToken` where
   * logits are not finite.
   */
  async draw(id: number, sampling: SamplingOptions, number: number): Promise<number> {
    this.feed(id);
    return this.#draw(sampling, number);
  }

  /**
   * The token that follows the one that was fed last, among those that a mask allows: the likeliest, or drawn as `draw` does.
   * `noToken` where logits are not finite.
   */
  async choose(mask: Uint32Array<ArrayBuffer>, sampling: SamplingOptions, number: number): Promise<number> {
    this.#masks ??= await MaskSteps.create(this.#runner, this.#tensors.logits);
    this.#masks.write(mask);
    if (sampling.temperature === 0) {
      this.#ring.submit([...this.#masks.steps, ...this.#choice]);
      return this.#next();
    }
    submitSteps(this.#runner.device, this.#masks.steps);
    return this.#draw(sampling, number);
  }

  /** Draws from the logits as they are. */
  async #draw(sampling: SamplingOptions, number: number): Promise<number> {
    const drawn = await this.#drawFromBest(sampling, number);
    if (drawn !== null) return drawn;
    const logits = await this.logits();
    return allFinite(logits) ? sampleToken(logits, sampling, () => number) : noToken;
  }

  /** The next token where the most likely candidates tell which it is. */
  async #drawFromBest(sampling: SamplingOptions, number: number): Promise<number | null> {
    // Sorting takes hundreds of barriers, which a software driver pays for; its memory is read at once.
    if (!this.#beside) return null;
    this.#draws ??= await TokenDraws.create(this.#runner, this.#tensors);
    const [candidates] = await this.#draws.candidates([sampling.temperature]);
    invariant(candidates, 'candidates of the one row');
    return candidates.finite ? drawCandidate(candidates, sampling, number) : noToken;
  }

  /**
   * The likeliest tokens behind `id`, each fed in turn on the GPU, which runs ahead of whoever reads them. The cache grows
   * by a token with every id that comes; what was computed ahead of a reader who stops lies behind its length. Where logits
   * are not finite the last id is `noToken`. Throws the signal's own reason.
   */
  async *greedy(id: number, { endIds, limit, signal, window }: GreedyOptions): AsyncGenerator<number> {
    const ahead = Math.min(mostQueued, window ?? (this.#beside ? gpuWindow : softwareWindow));
    writeStops(this.#stops, this.#cache.length + limit, endIds);
    this.#write(this.#tensors.stops, this.#stops);
    this.#place(id);
    try {
      for (let taken = 0; taken < limit; taken++) {
        signal?.throwIfAborted();
        while (this.#ring.pending < Math.min(ahead, limit - taken)) this.#ring.submit(this.#choosing);
        const next = await this.#next();
        this.#cache.length += 1;
        yield next;
        if (next === noToken || endIds.includes(next)) return;
      }
    } finally {
      this.#ring.clear();
    }
  }

  /**
   * As `greedy`, among the tokens that a mask allows, which is asked for when the ids before it have come. Only the choice waits
   * for it: the token is fed at once, so that the GPU computes what follows while it is read and the next mask made.
   */
  async *expected(
    id: number,
    mask: () => Uint32Array<ArrayBuffer>,
    { endIds, limit, signal }: GreedyOptions,
  ): AsyncGenerator<number> {
    this.#masks ??= await MaskSteps.create(this.#runner, this.#tensors.logits);
    const { device } = this.#runner;
    const choosing = [...this.#masks.steps, ...this.#choice];
    writeStops(this.#stops, this.#cache.length + limit, endIds);
    this.#write(this.#tensors.stops, this.#stops);
    this.#place(id);
    try {
      if (this.#beside) submitSteps(device, this.#feeding);
      for (let taken = 0; taken < limit; taken++) {
        signal?.throwIfAborted();
        if (!this.#beside) submitSteps(device, this.#feeding);
        this.#masks.write(mask());
        this.#ring.submit(choosing);
        if (this.#beside && taken + 1 < limit) submitSteps(device, this.#feeding);
        const next = await this.#next();
        this.#cache.length += 1;
        yield next;
        if (next === noToken || endIds.includes(next)) return;
      }
    } finally {
      this.#ring.clear();
    }
  }

  destroy(): void {
    this.#ring.destroy();
    this.#draws?.destroy();
    this.#penalties?.destroy();
    this.#masks?.destroy();
    this.#list.destroy();
    this.#arena.destroy();
  }

  /** Makes `id` the token that the next step feeds into the first free slot. */
  #place(id: number): void {
    const { capacity, length } = this.#cache;
    invariant(length < capacity, `all ${capacity} slots are taken`);
    this.#id[0] = id;
    this.#cursor[0] = length;
    this.#write(this.#tensors.id, this.#id);
    this.#write(this.#tensors.cursor, this.#cursor);
  }

  #write({ buffer, byteOffset }: Tensor, words: Uint32Array<ArrayBuffer>): void {
    this.#runner.device.queue.writeBuffer(buffer, byteOffset, words);
  }

  async #next(): Promise<number> {
    try {
      const [id = noToken] = await this.#ring.next();
      return id;
    } finally {
      this.#runner.check(); // a lost device says more than a mapping that failed
    }
  }
}
