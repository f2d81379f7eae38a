// Plans the load of a model from its small files and the adapter's limits, before any weight is fetched.

import { adapterInfo, openAdapter } from '../gpu/adapter.ts';
import type { ModelSource } from './source/model-source.ts';
import { openModel, type OpenModelOptions } from './open-model.ts';
import type { OpenedModel } from './open/opened-model.ts';
import { planLoad, type LoadPlan, type PlanInput } from './planner.ts';
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
