// Plans the load of a model from its small files and the adapter's limits, before any weight is fetched.

import { gpuInstance, withoutAdapter } from '#gpu/instance';
import { Molmo2Error } from '../errors.ts';
import type { ModelSource } from './source/model-source.ts';
import { openModel, type OpenModelOptions } from './open-model.ts';
import type { OpenedModel } from './open/opened-model.ts';
import { planLoad, type LoadPlan } from './planner.ts';
import type { BufferLimits } from './formats/matrix-parts.ts';

/** Throws as opening the model does, or `no-webgpu`. */
export async function planModel(
  source: ModelSource,
  options: OpenModelOptions,
  memoryBytes: number | null,
  contextTokens?: number,
): Promise<LoadPlan> {
  const adapter = await (await gpuInstance()).requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter)
    throw new Molmo2Error('no-webgpu', `WebGPU is present but offers no adapter. ${withoutAdapter}`);
  const model = await openModel(source, options);
  try {
    return planOpened(model, adapter.limits, memoryBytes, contextTokens);
  } finally {
    await model.close();
  }
}

/** The plan of a model whose small files are read. */
export function planOpened(
  model: OpenedModel,
  limits: BufferLimits,
  memoryBytes: number | null = null,
  contextTokens?: number,
): LoadPlan {
  return planLoad({
    config: model.settings.config,
    tensors: [...model.tensors].map(([name, { shape, format }]) => ({ name, shape, format })),
    downloadBytes: model.downloadBytes,
    limits,
    memoryBytes,
    ...(contextTokens !== undefined && { contextTokens }),
  });
}
