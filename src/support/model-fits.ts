// Which models of the catalogue fit an adapter. Pure: the catalogue has all sizes that a plan counts with.

import { planLoad, type LoadPlan } from '../weights/planner.ts';
import type { BufferLimits } from '../weights/formats/matrix-parts.ts';
import { catalogueModel, modelNames, type CatalogueModel } from '../weights/source/catalogue.ts';
import type { ModelFit, StorageSupport } from './support.ts';

export interface FitInput {
  readonly limits: BufferLimits;
  /** The driver computes on the processor. */
  readonly software: boolean;
  /** GPU memory that may be used; null when nobody knows. */
  readonly memoryBytes: number | null;
  readonly storage: Pick<StorageSupport, 'quotaBytes' | 'usageBytes'>;
}

/** All models, in the order of the catalogue. */
export function modelFits(input: FitInput): ModelFit[] {
  return modelNames.flatMap((name) => {
    const model = catalogueModel(name);
    const fit = model && fitOf(name, model, input);
    return fit ? [fit] : [];
  });
}

function fitOf(name: string, model: CatalogueModel, input: FitInput): ModelFit | null {
  const weights = model.defaultWeights;
  const variant = model.variants[weights];
  if (!variant) return null;
  const { source, sizes } = model;
  const plan: LoadPlan = planLoad({
    config: sizes,
    tensors: { byteLength: variant.gpuBytes, formats: [weights] },
    downloadBytes: source.kind === 'hub' ? source.checkpointBytes : variant.storedBytes,
    limits: input.limits,
    memoryBytes: input.memoryBytes,
    software: input.software,
  });
  return {
    model: name,
    weights,
    plan,
    canBeKept: source.kind === 'hub' ? room(variant.storedBytes, input) : null,
  };
}

function room(bytes: number, { storage: { quotaBytes, usageBytes } }: FitInput): boolean | null {
  return quotaBytes === null ? null : quotaBytes - (usageBytes ?? 0) >= bytes;
}
