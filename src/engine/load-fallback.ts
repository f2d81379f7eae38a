// Brings a model to a fallback, where there is no WebGPU: its weights come into this thread's memory as f32.

import type { ModelInfo, Progress } from '../api.ts';
import { Grammars } from '../constraints/grammars.ts';
import { Molmo2Error } from '../errors.ts';
import type { Fallback, PlainModel } from '../fallback.ts';
import { untilResumed } from '../load-pause.ts';
import { Tokenizer } from '../text/tokenizer.ts';
import { byteCount } from '../weights/files/byte-count.ts';
import { openModel } from '../weights/open-model.ts';
import type { FillOptions, OpenedModel } from '../weights/open/opened-model.ts';
import { usualFeatureBytes } from '../weights/planner.ts';
import type { ModelSource } from '../weights/source/model-source.ts';
import { plainBytes, PlainStore } from '../weights/store/plain-weights.ts';
import { PassRunner } from './fallback/pass-runner.ts';
import { PlainForward } from './fallback/plain-forward.ts';
import type { BringModel, EngineOptions, OnDevice } from './load-model.ts';
import type { LoadedModel } from './loaded-model.ts';
import { Measured } from './plan/measured.ts';
import { FeatureCache, type FeatureMemory } from './visual/feature-cache.ts';

// Scores of a long prompt would take more than a page gets.
const usualMemoryBytes = 1.5 * 1024 ** 3;

/** A way to bring models to `fallback`; `why` is what was said of the missing WebGPU. */
export function bringTo(fallback: Fallback, why: Error | null): BringModel {
  return (source, options) => loadFallback(source, options, fallback, why);
}

async function loadFallback(
  source: ModelSource,
  options: EngineOptions,
  fallback: Fallback,
  why: Error | null,
): Promise<OnDevice> {
  const startMs = performance.now();
  const { signal, onProgress, pausing, cache = true } = options;
  signal?.throwIfAborted();
  let bytes: Progress = { stage: 'load', done: 0, total: null };
  const opened = await openModel(source, {
    weights: 'f32',
    cache,
    signal,
    onWait: (waiting) => onProgress?.({ ...bytes, waiting }),
  });
  try {
    refuseLarge(source, opened, fallback, why);
    const onBytes = (done: number, total: number) => {
      bytes = { stage: 'load', done, total };
      onProgress?.(bytes);
    };
    const { model, notices } = await plainModel(opened, { signal, onBytes, pausing });
    await untilResumed(pausing, signal);
    signal?.throwIfAborted();
    const passes = await fallback.open(model);
    const { config, processor } = model;
    const features = new FeatureCache(
      plainFeatures(config.text.hiddenSize),
      options.featureCacheBytes ?? usualFeatureBytes(config),
    );
    const weightBytes = plainBytes(opened.tensors);
    const forward = new PlainForward(new PassRunner(config, passes, features), weightBytes);
    const { settings, aliases, tensors } = opened;
    const tokenizer = new Tokenizer(
      settings.tokenizerJson,
      settings.tokenizerConfig,
      settings.generationConfig,
    );
    const loadMs = performance.now() - startMs;
    const loaded: LoadedModel = {
      config,
      processor,
      tokenizer,
      forward,
      features,
      measured: new Measured(),
      grammars: new Grammars({
        vocabSize: config.text.vocabSize,
        endIds: tokenizer.eosIds,
        piece: (id) => tokenizer.piece(id),
      }),
      loadMs,
      kv: 'f32',
      weightBytes,
      memoryBytes: options.memoryBytes ?? usualMemoryBytes,
    };
    const again = [...aliases.values()].map((name) => tensors.get(name)?.shape ?? [0]);
    const repeated = again.reduce((sum, shape) => sum + shape.reduce((all, size) => all * size, 1), 0);
    const info: ModelInfo = {
      model: source.label,
      adapter: {
        vendor: '',
        architecture: 'wasm',
        description: passes.description,
        isFallbackAdapter: true,
      },
      parameters: weightBytes / 4 + repeated,
      maxPositions: config.text.maxPositions,
      maxFrames: processor.video.numFrames,
      maxCrops: processor.image.maxCrops,
      loadMs,
      tuned: {},
      notices: [
        ...settings.notices,
        ...notices,
        `The model is computed on the processor (${passes.description})${why ? `, since there is no WebGPU: ${why.message}` : '.'}`,
      ],
    };
    return {
      model: loaded,
      info,
      lost: new Promise(() => {}), // there is no device
      loss: async () => null,
      again: () => undefined,
      destroy: () => forward.close(),
    };
  } finally {
    await opened.close();
  }
}

/** Refuses with the numbers, before anything is read, what a processor would need minutes for. */
function refuseLarge(
  { label }: ModelSource,
  { tensors }: OpenedModel,
  { mostWeightBytes }: Fallback,
  why: Error | null,
): void {
  const needed = plainBytes(tensors);
  if (needed <= mostWeightBytes) return;
  throw new Molmo2Error(
    'out-of-memory',
    `${label} takes ${byteCount(needed)} of weights as f32, but without WebGPU a model may take ${byteCount(mostWeightBytes)}: a processor would need minutes for a sentence. Load "shapes" here, or use WebGPU.${why ? ` ${why.message}` : ''}`,
    { cause: why },
  );
}

async function plainModel(
  opened: OpenedModel,
  options: FillOptions,
): Promise<{ readonly model: PlainModel; readonly notices: readonly string[] }> {
  const { pour, settings, aliases } = opened;
  if (!pour) throw new Molmo2Error('unsupported-model', `${opened.label} can only be read with WebGPU.`);
  const store = new PlainStore(opened.tensors);
  const sink = {
    write: (name: string, byteOffset: number, bytes: Uint8Array) => store.write(name, byteOffset, bytes),
    settled: async () => {},
  };
  const notices = await pour(sink, options);
  const tensors = store.tensors(aliases);
  const { config, processor } = settings;
  const tensor = (name: string) => {
    const found = tensors.get(name);
    if (!found) throw new Error(`molmo2-webgpu bug: no tensor is called ${name}`);
    return found;
  };
  return { model: { config, processor, tensor }, notices };
}

/** Image features in this thread's memory. */
function plainFeatures(width: number): FeatureMemory<Float32Array> {
  return {
    bytesOf: (_from, rows) => rows * width * 4,
    copy: async (from, row, rows) => ({
      features: from.slice(row * width, (row + rows) * width),
      destroy: () => {},
    }),
  };
}
