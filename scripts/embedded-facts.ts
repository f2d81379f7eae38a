// What the catalogue must say of the embedded model, from its folder.

import { readFileSync, readdirSync, statSync } from 'node:fs';
import { modelConfig } from '../src/read-config.ts';
import { expectedTensors } from '../src/weights/checkpoint/tensor-names.ts';
import { plannedSizes } from '../src/weights/planned-sizes.ts';
import { kvBytesPerToken } from '../src/weights/planner.ts';
import type { CatalogueModel } from '../src/weights/source/catalogue.ts';

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Elements of a tensor of this shape. */
export const count = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

/** `folder` ends with a slash. */
export function embeddedFacts(folder: URL): Omit<CatalogueModel, 'about' | 'source'> {
  const config = modelConfig(JSON.parse(readFileSync(new URL('config.json', folder), 'utf8')));
  const parameters = sum([...expectedTensors(config).values()].map(count));
  const storedBytes = sum(readdirSync(folder).map((file) => statSync(new URL(file, folder)).size));
  return {
    parameters,
    kvBytesPer1000Tokens: kvBytesPerToken(config, 'f32') * 1000,
    defaultWeights: 'f32',
    variants: { f32: { storedBytes, gpuBytes: parameters * 4, manifestSha256: null } },
    sizes: plannedSizes(config),
  };
}
