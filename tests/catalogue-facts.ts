// What the catalogue must say of the released models, worked out from the models' shapes.

import { count, sum } from '../scripts/embedded-facts.ts';
import { archFiles, type ArchName } from '../cli/synth/arch.ts';
import type { ModelConfig } from '../src/config.ts';
import { modelConfig } from '../src/read-config.ts';
import { planBundle } from '../src/weights/bundle/bundle-plan.ts';
import type { CatalogueModel } from '../src/weights/source/catalogue.ts';
import { plannedSizes } from '../src/weights/planned-sizes.ts';
import { kvBytesPerToken } from '../src/weights/planner.ts';
import { expectedTensors } from '../src/weights/checkpoint/tensor-names.ts';

function variant(config: ModelConfig, weights: 'f16' | 'q8' | 'q4', tied: boolean) {
  const aliases = new Map(tied ? [['lm_head.weight', 'model.transformer.wte.embedding']] : []);
  const plan = planBundle(expectedTensors(config), weights, { aliases });
  return {
    storedBytes: sum(plan.shards.map(({ byteLength }) => byteLength)),
    gpuBytes: sum(plan.tensors.map(({ byteLength }) => byteLength)),
    manifestSha256: null,
  };
}

/** The facts of a released model; its source and description are not facts of its shapes. */
export function releasedFacts(name: ArchName, tied: boolean): Omit<CatalogueModel, 'about' | 'source'> {
  const config = modelConfig(archFiles(name)['config.json']);
  return {
    parameters: sum([...expectedTensors(config).values()].map(count)),
    kvBytesPer1000Tokens: kvBytesPerToken(config, 'f16') * 1000,
    defaultWeights: 'q4',
    variants: {
      f16: variant(config, 'f16', tied),
      q8: variant(config, 'q8', tied),
      q4: variant(config, 'q4', tied),
    },
    sizes: plannedSizes(config),
  };
}
