// Brings a model onto a device: weights on their way while pipelines compile, then kernels raced where that helps.

import { unlessAborted } from '../abort.ts';
import type { ModelInfo, Progress } from '../api.ts';
import { Grammars } from '../constraints/grammars.ts';
import { Molmo2Error } from '../errors.ts';
import { untilResumed, type LoadPause } from '../load-pause.ts';
import type { KernelFamily } from '../gpu/capabilities.ts';
import type { AdapterInfo } from '../gpu/adapter.ts';
import { failedAllocation } from '../gpu/allocation.ts';
import { GpuRunner } from '../gpu/runner.ts';
import { usualKvFormat } from '../kernels/attention/kv-layer.ts';
import { Tokenizer } from '../text/tokenizer.ts';
import type { WeightFormat } from '../weights/formats/formats.ts';
import { byteCount } from '../weights/files/byte-count.ts';
import { loadWeights } from '../weights/load.ts';
import { openModel } from '../weights/open-model.ts';
import { describedWeights } from '../weights/open/described-weights.ts';
import type { OpenedModel } from '../weights/open/opened-model.ts';
import { planOpened } from '../weights/plan-model.ts';
import { usualFeatureBytes, type LoadPlan } from '../weights/planner.ts';
import type { ModelSource } from '../weights/source/model-source.ts';
import type { Weights } from '../weights/store/weights.ts';
import { LanguageModel } from './gpu/language-model.ts';
import { GpuForward } from './gpu/gpu-forward.ts';
import { gpuFeatures } from './gpu/gpu-features.ts';
import type { GpuModel, LoadedModel } from './loaded-model.ts';
import { Measured } from './plan/measured.ts';
import { couldBeLoss } from './recovery/losses.ts';
import { tunedChoices, tuningTasks } from './tune/tune.ts';
import type { TunedChoices } from './tune/tuned-entry.ts';
import { VisionEncoder } from './gpu/vision-encoder.ts';
import { FeatureCache } from './visual/feature-cache.ts';
import { usualDispatches } from './gpu/warm-up.ts';

/** How to load; plain data that crosses to a worker. */
export interface LoadSettings {
  /** Format of a checkpoint's decoder matrices on the GPU; default f32, which is exact. */
  readonly weights?: WeightFormat | undefined;
  /** Whether the model may be kept on this machine; default true. */
  readonly cache?: boolean | undefined;
  /** Kernels to force; default: chosen by what the device can do. */
  readonly kernels?: KernelFamily | undefined;
  /** Leaves out kernels that round activations to int8; default false. */
  readonly exactActivations?: boolean | undefined;
  /** Whether kernels may be compared on this device; default true. Nothing is where a family is forced. */
  readonly tune?: boolean | undefined;
  /** GPU memory for features of pictures and frames that may come again; default `usualFeatureBytes`. */
  readonly featureCacheBytes?: number | undefined;
  /** GPU memory that may be used; default: nobody knows. */
  readonly memoryBytes?: number | undefined;
}

export interface EngineOptions extends LoadSettings {
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly pausing?: LoadPause | undefined;
}

/** How to load once more. */
export interface ReloadOptions extends EngineOptions {
  /** What was found on an adapter before, so that it computes the same again; default: compared, or kept from another time. */
  readonly tuned?: { readonly adapter: AdapterInfo; readonly choices: TunedChoices } | undefined;
}

/** Brings a model to where it is computed. */
export type BringModel = (source: ModelSource, options: ReloadOptions) => Promise<OnDevice>;

/** A model on one device, until that is lost or given back. */
export interface OnDevice {
  readonly model: LoadedModel;
  readonly info: ModelInfo;
  /** Resolves with the reason when the device goes away; never where there is none to lose. */
  readonly lost: Promise<string>;
  /** What the loss of the device is, if it went away. */
  loss(): Promise<Molmo2Error | null>;
  /** What another load needs to compute the same again. */
  again(): ReloadOptions['tuned'];
  /** Gives everything back, the device as well; once more, what work under way has asked for since. */
  destroy(): void;
}

/** Opens the GPU and brings the model onto it. Throws as `Molmo2.load` does; nothing is left on the GPU then. */
export async function loadModel(source: ModelSource, options: ReloadOptions = {}): Promise<OnDevice> {
  const startMs = performance.now();
  const { signal, onProgress } = options;
  signal?.throwIfAborted();
  let bytes: Progress = { stage: 'load', done: 0, total: null };
  const opening = GpuRunner.open(options.kernels, { exactActivations: options.exactActivations });
  const reading = openModel(source, {
    weights: options.weights ?? 'f32',
    cache: options.cache ?? true,
    signal,
    onWait: (waiting) => onProgress?.({ ...bytes, waiting }),
  });
  reading.catch(() => {}); // without a GPU nobody waits for it
  let opened: OpenedModel | null = null;
  const runner = await opening.catch(async (error: unknown) => {
    await reading.then((model) => model.close()).catch(() => {});
    throw error;
  });
  try {
    opened = await reading;
    const onBytes = (done: number, total: number) => {
      bytes = { stage: 'load', done, total };
      onProgress?.(bytes);
    };
    const brought = await bringWeights(runner, opened, options, onBytes);
    const loadMs = performance.now() - startMs;
    const loaded = onDevice(source.label, runner, opened, brought, options.memoryBytes ?? null, loadMs);
    try {
      await runner.allocated();
      return loaded;
    } catch (error) {
      loaded.destroy();
      throw error;
    }
  } catch (error) {
    // A loss says more than what failed for it.
    const loss = !signal?.aborted && couldBeLoss(error) ? await runner.loss() : null;
    runner.destroy();
    throw loss ?? (opened && shortOf(error, source.label, opened, runner.device.limits)) ?? error;
  } finally {
    await opened?.close();
  }
}

interface Brought {
  readonly weights: Weights;
  readonly notices: readonly string[];
  readonly featureCacheBytes: number;
  readonly kv: LoadedModel['kv'];
}

/** Weights and pipelines side by side, once it is known that the model fits. */
async function bringWeights(
  runner: GpuRunner,
  opened: OpenedModel,
  options: ReloadOptions,
  onBytes: (done: number, total: number) => void,
): Promise<Brought> {
  const { signal, pausing } = options;
  const { config, processor } = opened.settings;
  const { featureCacheBytes } = fittingPlan(runner, opened, options);
  const kv = usualKvFormat(Array.from(opened.tensors.values(), ({ format }) => format));
  const described = describedWeights(opened, runner.device.limits);
  const known = options.tuned && isSame(options.tuned.adapter, runner.adapter) ? options.tuned.choices : null;
  if (known) runner.useTuned(known);
  // What is made for GPUs takes a software driver seconds for each kernel: forced there, it is compiled when it is used.
  const waits = runner.adapter.isFallbackAdapter && !runner.kernels.capabilities.software;
  const usual = () =>
    waits ? [] : usualDispatches({ kernels: runner.kernels, config, processor, weights: described, kv });
  const { weights, notices } = await beside(
    signal,
    (both) => loadWeights(runner.device, opened, { signal: both, onBytes, pausing }),
    async (both) => runner.compile(usual(), both),
    (loaded) => loaded.weights.destroy(),
  );
  try {
    runner.check();
    // Whoever pauses a load does not want the model yet.
    await untilResumed(pausing, signal);
    if ((options.tune ?? true) && !options.kernels && !known) {
      runner.useTuned(await tunedChoices(runner, tuningTasks(config, weights), signal));
      await runner.compile(usual(), signal);
    }
    return { weights, notices, featureCacheBytes, kv };
  } catch (error) {
    weights.destroy();
    throw error;
  }
}

function isSame(a: AdapterInfo, b: AdapterInfo): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Refuses with the numbers, before anything is read, what the device's limits cannot hold. */
function fittingPlan(runner: GpuRunner, opened: OpenedModel, options: EngineOptions): LoadPlan {
  const { memoryBytes = null } = options;
  const { software } = runner.kernels.capabilities;
  const featureCacheBytes = options.featureCacheBytes ?? usualFeatureBytes(opened.settings.config);
  const wishes = { memoryBytes, software, featureCacheBytes };
  const plan = planOpened(opened, runner.device.limits, wishes);
  if (plan.verdict !== 'does-not-fit') return plan;
  // A question takes int8 by itself where there is no room for more.
  const least = planOpened(opened, runner.device.limits, { ...wishes, kv: 'int8' });
  if (least.verdict === 'does-not-fit') throw new Molmo2Error('out-of-memory', least.message);
  return plan;
}

/** What a load says that found no memory for the model; null for other errors. */
function shortOf(
  error: unknown,
  label: string,
  opened: OpenedModel,
  limits: GPUSupportedLimits,
): Molmo2Error | null {
  const failure = failedAllocation(error);
  if (!failure) return null;
  const { weightBytes } = planOpened(opened, limits);
  const { byteLength, label: what, ownedBytes } = failure;
  return new Molmo2Error(
    'out-of-memory',
    `${label} takes ${byteCount(weightBytes)} of GPU memory for its weights, but the GPU had no ${byteLength} bytes (${what}) beside ${ownedBytes}. Close other pages, or use smaller weights (q4) or a smaller model.`,
    { cause: error },
  );
}

function onDevice(
  label: string,
  runner: GpuRunner,
  { settings }: OpenedModel,
  { weights, notices, featureCacheBytes, kv }: Brought,
  memoryBytes: number | null,
  loadMs: number,
): OnDevice {
  const { config, processor } = settings;
  const tokenizer = new Tokenizer(
    settings.tokenizerJson,
    settings.tokenizerConfig,
    settings.generationConfig,
  );
  const parts = {
    runner,
    vision: new VisionEncoder(runner, config, processor, weights),
    language: new LanguageModel(runner, config.text, weights),
    features: new FeatureCache(gpuFeatures(runner.device), featureCacheBytes),
  };
  const model: GpuModel = {
    ...parts,
    config,
    processor,
    tokenizer,
    forward: new GpuForward(config, parts),
    measured: new Measured(),
    grammars: new Grammars({
      vocabSize: config.text.vocabSize,
      endIds: tokenizer.eosIds,
      piece: (id) => tokenizer.piece(id),
    }),
    loadMs,
    kv,
    weightBytes: weights.byteLength,
    memoryBytes,
  };
  const info: ModelInfo = {
    model: label,
    adapter: runner.adapter,
    parameters: weights.parameters,
    maxPositions: config.text.maxPositions,
    maxFrames: processor.video.numFrames,
    maxCrops: processor.image.maxCrops,
    loadMs,
    tuned: runner.kernels.tuned,
    notices: [...settings.notices, ...notices],
  };
  return {
    model,
    info,
    lost: runner.lost,
    loss: () => runner.loss(),
    again: () => ({ adapter: runner.adapter, choices: runner.kernels.tuned }),
    destroy() {
      parts.vision.destroy();
      parts.language.destroy();
      parts.features.clear();
      weights.destroy();
      runner.destroy();
    },
  };
}

/** The result of `main`, which waits for `other` as well. When one fails, the other is told to stop, and a result given back. */
async function beside<T>(
  signal: AbortSignal | undefined,
  main: (signal: AbortSignal) => Promise<T>,
  other: (signal: AbortSignal) => Promise<unknown>,
  giveBack: (result: T) => void,
): Promise<T> {
  const failed = new AbortController();
  const both = signal ? AbortSignal.any([signal, failed.signal]) : failed.signal;
  const result = main(both);
  try {
    await Promise.all([result, unlessAborted(other(both), both)]);
  } catch (error) {
    failed.abort(error);
    await result.then(giveBack, () => {}); // one that fails gives back what it holds
    throw error;
  }
  return result;
}
