// What a golden case demands of a model, as expectations of the test runner.

import { expect } from 'vitest';
import type { Molmo2 } from '../../src/index.ts';
import { expectedTensors, goldenTrace, type GoldenCase } from './golden-cases.ts';
import { compareGolden, holds } from './golden-model.ts';

/** Runs the case on `model`, or on its checkpoint loaded once, and compares. Logs how far from its limits it stays. */
export async function expectGolden(golden: GoldenCase, model?: Molmo2): Promise<void> {
  const [expected, trace] = await Promise.all([expectedTensors(golden), goldenTrace(golden, model)]);
  const findings = compareGolden(golden, expected, trace);
  for (const { what, value, limit } of findings)
    if (limit > 0) console.log(`${golden.name}: ${what} ${value.toExponential(1)}`);
  expect(findings.filter((finding) => !holds(finding))).toEqual([]);
}
