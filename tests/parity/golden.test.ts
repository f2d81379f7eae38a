// Does the whole path agree with the PyTorch model? Dawn runs every case; Chromium the small ones, and with
// `npm run test:golden` every one.

import { afterAll, describe, expect, inject, test } from 'vitest';
import { inBrowser } from '../fixture-files.ts';
import { expectGolden } from './expect-golden.ts';
import { disposeModels, expectedTensors, goldenCases, goldenModel } from './golden-cases.ts';
import { compareGolden, holds, tracedRun } from './golden-model.ts';

const small = ['qwen3-text', 'qwen3-image-small', 'olmo-text', 'olmo-image-small'];
const all = !inBrowser || inject('goldenCases') === 'all';
const cases = (await goldenCases()).filter(({ name }) => all || small.includes(name));

afterAll(disposeModels);

test('all ten cases are there to be run', async () => {
  expect(await goldenCases()).toHaveLength(10);
  expect(cases).toHaveLength(all ? 10 : small.length);
});

// Two pictures and a video are enough: what is kept does not depend on the case.
const repeated = /image-small|qwen3-video/;

describe.each(cases)('$name', (golden) => {
  test('gives the tensors of the PyTorch model', async () => {
    await expectGolden(golden);
    if (!repeated.test(golden.name)) return;
    // Now its features are kept: they come again without vision work.
    const { trace, usage } = await tracedRun(await goldenModel(golden.checkpoint), golden);
    expect(usage.visionCrops).toBe(0);
    const findings = compareGolden(golden, await expectedTensors(golden), trace);
    expect(findings.filter((finding) => !holds(finding))).toEqual([]);
  });
});
