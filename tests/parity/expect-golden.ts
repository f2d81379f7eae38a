// What a golden case demands of a model: every tensor on the way as the PyTorch model has it, and its choices.

import { expect } from 'vitest';
import type { Trace, TraceTensor } from '../../src/api.ts';
import type { Molmo2 } from '../../src/index.ts';
import { argmaxOf, relativeError } from '../compare.ts';
import type { LoadedTensor } from '../safetensors.ts';
import { expectedTensors, goldenTrace, type GoldenCase } from './golden-cases.ts';

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

type Tensors = Map<string, LoadedTensor>;

function expectPreprocessing(expected: Tensors, trace: Trace): void {
  const pooling = expected.get('pooling');
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
}

/** Logs the error, so that a run tells how far from its limit it stays. */
function expectNear(
  label: string,
  actual: ArrayLike<number>,
  wanted: ArrayLike<number>,
  limit: number,
): void {
  const error = relativeError(actual, wanted);
  console.log(`${label} ${error.toExponential(1)}`);
  expect(error).toBeLessThan(limit);
}

/** Every row of logits while the case's own answer is fed, and the model's choice wherever it is not a near tie. */
function expectDecoding(golden: GoldenCase, expected: Tensors, trace: Trace): void {
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
}

/** Runs the case on `model`, or on its checkpoint loaded once, and compares. */
export async function expectGolden(golden: GoldenCase, model?: Molmo2): Promise<void> {
  const [expected, trace] = await Promise.all([expectedTensors(golden), goldenTrace(golden, model)]);
  expect(Array.from(data(trace['input_ids']))).toEqual(golden.input_ids);
  expectPreprocessing(expected, trace);
  const features = expected.get('vision_features');
  expect(Boolean(features)).toBe(golden.media.length > 0);
  if (features) {
    expect(trace['vision_features']?.shape).toEqual(features.shape);
    expectNear(`${golden.name}: vision_features`, data(trace['vision_features']), features.data, 2e-4);
  }
  const logits = expected.get('logits_at')?.data ?? [];
  expectNear(`${golden.name}: logits_at`, data(trace['logits_at']), logits, 2e-4);
  expectDecoding(golden, expected, trace);
}
