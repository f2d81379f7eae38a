// Does the whole path agree with the PyTorch model? Dawn runs every case; Chromium the small ones, and with
// `npm run test:golden` every one.

import { afterAll, describe, expect, inject, test } from 'vitest';
import type { TraceTensor } from '../../src/api.ts';
import { argmaxOf, relativeError } from '../compare.ts';
import { inBrowser } from '../fixture-files.ts';
import { disposeModels, expectedTensors, goldenCases, goldenTrace } from './golden-cases.ts';

const small = ['qwen3-text', 'qwen3-image-small', 'olmo-text', 'olmo-image-small'];
const all = !inBrowser || inject('goldenCases') === 'all';
const cases = (await goldenCases()).filter(({ name }) => all || small.includes(name));

afterAll(disposeModels);

function data(tensor: TraceTensor | undefined): Float32Array | Int32Array | Uint8Array {
  if (!tensor) throw new Error('the trace lacks a tensor');
  return tensor.data;
}

/** How many bytes differ, and the largest difference. */
function byteDifferences(actual: ArrayLike<number>, expected: ArrayLike<number>) {
  let count = 0;
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs((actual[i] ?? NaN) - (expected[i] ?? NaN));
    if (difference !== 0) count += 1;
    largest = Math.max(largest, difference);
  }
  return { count, largest };
}

test('all ten cases are there to be run', async () => {
  expect(await goldenCases()).toHaveLength(10);
  expect(cases).toHaveLength(all ? 10 : small.length);
});

describe.each(cases)('$name', (golden) => {
  test('gives the tensors of the PyTorch model', async () => {
    const [expected, trace] = await Promise.all([expectedTensors(golden), goldenTrace(golden)]);
    expect(Array.from(data(trace['input_ids']))).toEqual(golden.input_ids);

    const pooling = expected.get('pooling');
    const features = expected.get('vision_features');
    expect(Boolean(features)).toBe(golden.media.length > 0);
    if (pooling) {
      expect(trace['pooling']?.shape).toEqual(pooling.shape);
      expect(Array.from(data(trace['pooling']))).toEqual(Array.from(pooling.data));
    }
    const pixels = expected.get('pixels_u8');
    if (pixels) {
      expect(trace['pixels_u8']?.shape).toEqual(pixels.shape);
      const { count, largest } = byteDifferences(data(trace['pixels_u8']), pixels.data);
      expect(count / pixels.data.length).toBeLessThanOrEqual(1e-5);
      expect(largest).toBeLessThanOrEqual(1);
    }
    if (features) {
      expect(trace['vision_features']?.shape).toEqual(features.shape);
      const error = relativeError(data(trace['vision_features']), features.data);
      console.log(`${golden.name}: vision_features ${error.toExponential(1)}`);
      expect(error).toBeLessThan(2e-4);
    }
    const logits = expected.get('logits_at')?.data ?? [];
    const logitError = relativeError(data(trace['logits_at']), logits);
    console.log(`${golden.name}: logits_at ${logitError.toExponential(1)}`);
    expect(logitError).toBeLessThan(2e-4);

    const rows = expected.get('decode_logits');
    const [steps = 0, vocab = 0] = rows?.shape ?? [];
    expect(steps).toBe(golden.generated.length);
    expect(trace['decode_logits']?.shape).toEqual([steps, vocab]);
    let worst = 0;
    for (let step = 0; step < steps; step++) {
      const actual = data(trace['decode_logits']).subarray(step * vocab, (step + 1) * vocab);
      const wanted = rows?.data.subarray(step * vocab, (step + 1) * vocab) ?? [];
      worst = Math.max(worst, relativeError(actual, wanted));
      if ((golden.margins[step] ?? 0) > 0.01) expect(argmaxOf(actual)).toBe(golden.generated[step]);
    }
    console.log(`${golden.name}: decode rows at most ${worst.toExponential(1)}`);
    expect(worst).toBeLessThan(5e-4);
  });
});
