// What of a model's shapes decides how much memory it takes: the catalogue has it, so that a plan needs no file.

import type { ModelConfig } from '../config.ts';

const textSizes = [
  'hiddenSize',
  'intermediateSize',
  'numLayers',
  'numHeads',
  'numKvHeads',
  'headDim',
  'maxPositions',
] as const;
const vitSizes = [
  'hiddenSize',
  'intermediateSize',
  'numHeads',
  'headDim',
  'patchSize',
  'numPatches',
] as const;

export interface PlannedSizes {
  readonly text: Pick<ModelConfig['text'], (typeof textSizes)[number]>;
  readonly vit: Pick<ModelConfig['vit'], (typeof vitSizes)[number]>;
  readonly adapter: Pick<ModelConfig['adapter'], 'vitLayers'>;
}

function picked<T, K extends keyof T>(from: T, keys: readonly K[]): Pick<T, K> {
  return Object.fromEntries(keys.map((key) => [key, from[key]])) as Pick<T, K>;
}

/** These of a model. */
export function plannedSizes({ text, vit, adapter }: ModelConfig): PlannedSizes {
  return {
    text: picked(text, textSizes),
    vit: picked(vit, vitSizes),
    adapter: picked(adapter, ['vitLayers']),
  };
}
