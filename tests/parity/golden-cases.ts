// Models of the golden cases as a test run wants them: loaded once, with the kernels that it forces.

import type { AskOptions, Trace } from '../../src/api.ts';
import { Molmo2 } from '../../src/index.ts';
import { forcedKernels } from '../forced-family.ts';
import { goldenCheckpoint, traceOf, type GoldenCase } from './golden-model.ts';

export { expectedTensors, goldenCases, goldenInput, type GoldenCase } from './golden-model.ts';

const models = new Map<string, Promise<Molmo2>>();

/** The checkpoint of a case, loaded once. */
export function goldenModel(name: GoldenCase['checkpoint']): Promise<Molmo2> {
  const known = models.get(name);
  if (known) return known;
  const made = Molmo2.load({ model: goldenCheckpoint(name), ...forcedKernels });
  models.set(name, made);
  return made;
}

export async function disposeModels(): Promise<void> {
  for (const model of models.values()) (await model).dispose();
  models.clear();
}

/** Runs a case on `model`, or on its checkpoint loaded once. */
export async function goldenTrace(golden: GoldenCase, model?: Molmo2, kv?: AskOptions['kv']): Promise<Trace> {
  return traceOf(model ?? (await goldenModel(golden.checkpoint)), golden, kv);
}
