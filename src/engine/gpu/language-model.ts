// The decoder over its caches: prefill of new tokens, then one token at a time from a list made once.

import type { TextConfig } from '../../config.ts';
import { KvCache } from '../../decoder/kv-cache.ts';
import { ActivationMemory, type StageTensors } from '../../gpu/activation-memory.ts';
import type { GpuRunner } from '../../gpu/runner.ts';
import type { KvFormat } from '../../kernels/attention/kv-layer.ts';
import type { VisionScratch, VisionTensors } from '../../vision/vision-scratch.ts';
import type { Weights } from '../../weights/store/weights.ts';
import type { PromptTokens, RunOptions } from '../forward/prompt-tokens.ts';
import { Prefill, type PrefillModel } from './prefill.ts';
import { TokenLoop, type TokenLoopOptions } from '../decode/token-loop.ts';

/** New tokens without image features. */
export interface PrefillInput extends Omit<PromptTokens, 'featureIds'> {
  /** Tokens (0 = first new one) whose logits are wanted. */
  readonly wanted: readonly number[];
}

export class LanguageModel {
  readonly #runner: GpuRunner;
  readonly #config: TextConfig;
  readonly weights: Weights;
  readonly #memory: ActivationMemory;

  constructor(runner: GpuRunner, config: TextConfig, weights: Weights) {
    this.#runner = runner;
    this.#config = config;
    this.weights = weights;
    this.#memory = new ActivationMemory(runner.device);
  }

  /** What lists of it are made of. */
  get parts(): Omit<PrefillModel, 'memory'> {
    return { runner: this.#runner, config: this.#config, weights: this.weights };
  }

  /** A cache with room for at least `slots` tokens; whoever made it destroys it. */
  createCache(slots: number, format: KvFormat): KvCache {
    return new KvCache(this.#runner.device, this.#config, slots, format);
  }

  /** The same once there is memory for it. Throws `out-of-memory` with the numbers. */
  async reserveCache(slots: number, format: KvFormat): Promise<KvCache> {
    const cache = this.createCache(slots, format);
    try {
      await this.#runner.allocated();
      return cache;
    } catch (error) {
      cache.destroy();
      throw error;
    }
  }

  /** The decode loop over a cache; whoever made it destroys it. */
  createLoop(cache: KvCache, options?: TokenLoopOptions): Promise<TokenLoop> {
    return TokenLoop.create(this.#runner, this.#config, this.weights, cache, options);
  }

  /**
   * Begins to feed new tokens. `vision` is what the vision tower asks for; it shares memory with the decoder; null without pictures. One
   * prefill is open at a time; whoever began it closes it. Throws `out-of-memory` with the numbers.
   */
  begin(cache: KvCache, prompt: PromptTokens, vision: VisionTensors | null): Prefill {
    return new Prefill({ ...this.parts, memory: this.#memory }, cache, prompt, vision);
  }

  /** Memory of the vision tower without a prompt; whatever was begun or handed out before may be overwritten. */
  visionScratch({ taps, encoder, connector }: VisionTensors): VisionScratch {
    const { always, stages } = this.#memory.plan(taps, { encoder, connector });
    return { taps: always, ...stages };
  }

  /** Feeds new tokens that carry no image features and returns the wanted logits [wanted, V]. */
  async prefill(
    cache: KvCache,
    { ids, isImage, wanted }: PrefillInput,
    options: RunOptions = {},
  ): Promise<Float32Array<ArrayBuffer>> {
    const prefill = this.begin(cache, { ids, isImage, featureIds: [] }, null);
    try {
      await prefill.embed(options);
      return await prefill.run(wanted, options);
    } finally {
      prefill.close();
    }
  }

  /** Bytes of the memory that prompts share. */
  get sharedBytes(): number {
    return this.#memory.byteLength;
  }

  /** The same once a prompt was read whose stages ask for these tensors. */
  sharedBytesFor(always: StageTensors, stages: Readonly<Record<string, StageTensors>>): number {
    return this.#memory.bytesFor(always, stages);
  }

  /** Gives back what prompts share; the next has new memory. No prefill may be open. */
  release(): void {
    this.#memory.destroy();
  }

  destroy(): void {
    this.release();
  }
}
