// Plans the load of a model from its small files and the adapter's limits, before any weight is fetched.

import { Molmo2Error } from '../errors.ts';
import { adapterInfo, openAdapter } from '../gpu/adapter.ts';
import { catalogueModel } from './source/catalogue.ts';
import type { ModelSource } from './source/model-source.ts';
import { openModel, type OpenModelOptions } from './open-model.ts';
import type { OpenedModel } from './open/opened-model.ts';
import { planLoad, type LoadPlan, type PlanInput } from './planner.ts';
import type { WeightFormat } from './formats/formats.ts';
import type { BufferLimits } from './formats/matrix-parts.ts';

/** What a plan counts with beside the model and the device. */
export type PlanWishes = Pick<PlanInput, 'contextTokens' | 'featureCacheBytes' | 'software' | 'kv'> & {
  /** GPU memory that may be used; default: nobody knows. */
  readonly memoryBytes?: number | null;
};

/** Throws as opening the model does, or `no-webgpu`. */
export async function planModel(
  source: ModelSource,
  options: OpenModelOptions,
  wishes: PlanWishes,
): Promise<LoadPlan> {
  const { adapter } = await openAdapter();
  const model = await openModel(source, options);
  try {
    return planOpened(model, adapter.limits, { software: adapterInfo(adapter).isFallbackAdapter, ...wishes });
  } finally {
    await model.close();
  }
}

/** The plan of a model of the catalogue, whose sizes are known. Nobody is asked for anything. Throws `unknown-model`, or `no-webgpu`. */
export async function planOffline(
  { label }: Pick<ModelSource, 'label'>,
  weights: WeightFormat,
  { memoryBytes = null, ...wishes }: PlanWishes,
): Promise<LoadPlan> {
  const model = catalogueModel(label);
  const variant = model?.variants[weights];
  if (!model || !variant)
    throw new Molmo2Error(
      'unknown-model',
      `The sizes of ${label} in ${weights} are not known without its files. Leave out offline, so that they are read.`,
    );
  const { adapter } = await openAdapter();
  const { source, sizes } = model;
  return planLoad({
    software: adapterInfo(adapter).isFallbackAdapter,
    ...wishes,
    config: sizes,
    tensors: { byteLength: variant.gpuBytes, formats: [weights] },
    downloadBytes: source.kind === 'hub' ? source.checkpointBytes : variant.storedBytes,
    limits: adapter.limits,
    memoryBytes,
  });
}

/** The plan of a model whose small files are read. */
export function planOpened(
  model: OpenedModel,
  limits: BufferLimits,
  { memoryBytes = null, ...wishes }: PlanWishes = {},
): LoadPlan {
  return planLoad({
    ...wishes,
    config: model.settings.config,
    tensors: [...model.tensors].map(([name, { shape, format }]) => ({ name, shape, format })),
    downloadBytes: model.downloadBytes,
    limits,
    memoryBytes,
  });
}
