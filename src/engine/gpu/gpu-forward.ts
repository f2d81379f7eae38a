// The forward passes on a GPU: caches, prompts and loops of the lists that `vision/` and `decoder/` make.

import { settle } from '#gpu/instance';
import type { ModelConfig } from '../../config.ts';
import type { KvCache } from '../../decoder/kv-cache.ts';
import { arenaBytesOf } from '../../gpu/allocation.ts';
import { kernelScratchBytes } from '../../gpu/kernel-settings.ts';
import type { GpuRunner } from '../../gpu/runner.ts';
import type { Tensor } from '../../gpu/tensor.ts';
import { kvFormats, type KvFormat } from '../../kernels/attention/kv-layer.ts';
import type { TokenLoop } from '../decode/token-loop.ts';
import type { Forward, PromptPass, ShowOptions } from '../forward/forward.ts';
import type { PromptTokens, RunOptions } from '../forward/prompt-tokens.ts';
import { questionMemory, type QuestionMemory, type QuestionSize } from '../plan/question-memory.ts';
import type { FeatureCache } from '../visual/feature-cache.ts';
import type { ShownUnit } from '../visual/shown-units.ts';
import { keepFeatures, visualPieces } from '../visual/visual-pieces.ts';
import type { VisualShapes } from '../visual/visual-shapes.ts';
import type { VisualKind } from '../visual/visual-unit.ts';
import type { LanguageModel } from './language-model.ts';
import type { Prefill } from './prefill.ts';
import type { VisionEncoder } from './vision-encoder.ts';

/** What computes on a GPU. */
export interface GpuParts {
  readonly runner: GpuRunner;
  readonly vision: VisionEncoder;
  readonly language: LanguageModel;
  /** Image features of earlier questions. */
  readonly features: FeatureCache<Tensor>;
}

export class GpuForward implements Forward<KvCache> {
  readonly formats = kvFormats;
  readonly #config: ModelConfig;
  readonly #parts: GpuParts;

  constructor(config: ModelConfig, parts: GpuParts) {
    this.#config = config;
    this.#parts = parts;
  }

  get largestBuffer(): number {
    const { maxBufferSize, maxStorageBufferBindingSize } = this.#parts.runner.device.limits;
    return Math.min(maxBufferSize, maxStorageBufferBindingSize);
  }

  get takenBytes(): number {
    const { runner, language } = this.#parts;
    // What the question uses again is not taken.
    const shared = language.sharedBytes + (runner.kernels.scratch ? kernelScratchBytes : 0);
    return arenaBytesOf(runner.device) - shared;
  }

  memory(size: QuestionSize): QuestionMemory {
    const { runner, language } = this.#parts;
    return questionMemory(
      {
        config: this.#config,
        kernels: runner.kernels,
        sharedBytes: (always, stages) => language.sharedBytesFor(always, stages),
      },
      size,
    );
  }

  reserveCache(slots: number, format: KvFormat): Promise<KvCache> {
    return this.#parts.language.reserveCache(slots, format);
  }

  copyCache(from: KvCache, to: KvCache): void {
    to.copyFrom(this.#parts.runner.device, from);
  }

  createLoop(cache: KvCache): Promise<TokenLoop> {
    return this.#parts.language.createLoop(cache);
  }

  begin(
    cache: KvCache,
    prompt: PromptTokens,
    shown: Pick<VisualShapes, 'largestPiece'> | null,
  ): GpuPromptPass {
    const { language, vision } = this.#parts;
    const pieces = shown && vision.tensors(shown.largestPiece(vision.batchCrops));
    return new GpuPromptPass(this.#config, this.#parts, language.begin(cache, prompt, pieces));
  }

  allocated(): Promise<void> {
    return this.#parts.runner.allocated();
  }

  async settled(): Promise<void> {
    const { runner } = this.#parts;
    await settle(runner.device.queue.onSubmittedWorkDone());
    runner.check();
  }

  release(): void {
    this.#parts.language.release();
  }
}

class GpuPromptPass implements PromptPass {
  readonly #config: ModelConfig;
  readonly #parts: GpuParts;
  readonly #prefill: Prefill;

  constructor(config: ModelConfig, parts: GpuParts, prefill: Prefill) {
    this.#config = config;
    this.#parts = parts;
    this.#prefill = prefill;
  }

  embed(options?: RunOptions): Promise<void> {
    return this.#prefill.embed(options);
  }

  async show(
    kind: VisualKind,
    units: AsyncIterable<ShownUnit>,
    tokens: number,
    { signal, onCrops, onFeatures }: ShowOptions,
  ): Promise<number> {
    const { vision: scratch } = this.#prefill;
    if (!scratch) return 0;
    const { vision, features: cache, runner } = this.#parts;
    const most = kind === 'video' ? vision.batchCrops : 1;
    const pieces = visualPieces(units, { cache, most, numPatches: this.#config.vit.numPatches });
    return vision.encode(kind, pieces, tokens, scratch, this.#prefill, {
      signal,
      ...(onCrops && { onCrops }),
      onFeatures: async (values, piece) => {
        if (piece) await keepFeatures(cache, piece, values);
        if (onFeatures) onFeatures(new Float32Array(await runner.read(values)));
      },
    });
  }

  run(wanted: readonly number[], options?: RunOptions): Promise<Float32Array> {
    return this.#prefill.run(wanted, options);
  }

  runEach(
    wanted: readonly number[],
    onLogits: (logits: Float32Array, place: number) => void,
    options?: RunOptions,
  ): Promise<void> {
    return this.#prefill.runEach(wanted, onLogits, options);
  }

  close(): void {
    this.#prefill.close();
  }
}
