// The tuning run on the true device, with a clock that only counts looks: which variant wins is up to the clock, that each of
// them runs is not.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { tunedChoices, tuneKernels, type TuningTask } from '../../src/engine/tune/tune.ts';
import { GpuRunner } from '../../src/gpu/runner.ts';
import { linearVariants, workClass } from '../../src/kernels/choose.ts';
import { useGpu } from './gpu-harness.ts';
import { matrixOf } from './matrices.ts';
import { floats } from './random.ts';

const gpu = useGpu();
let runner: GpuRunner;
beforeAll(async () => {
  runner = await GpuRunner.open();
});
afterAll(() => runner.destroy());

/** Matrices on the runner's own device. */
function task(rows: number): TuningTask {
  const columns = 64;
  const matrix = matrixOf(gpu(), 'q4', floats(1, columns * 64), columns, 64);
  const moved = matrix.parts.map((part) => ({
    ...part,
    values: { ...part.values, buffer: copyOf(part.values.byteLength) },
    scales: part.scales && { ...part.scales, buffer: copyOf(part.scales.byteLength) },
  }));
  return {
    rows,
    matrices: [
      { ...matrix, parts: moved },
      { ...matrix, parts: moved },
    ],
  };
}

function copyOf(size: number): GPUBuffer {
  return runner.device.createBuffer({ size: Math.ceil(size / 256) * 256, usage: GPUBufferUsage.STORAGE });
}

function ticks(stepMs: number): () => number {
  let ms = 0;
  return () => (ms += stepMs);
}

test('every variant of a class runs, and one that can do the work is chosen', async () => {
  const work = { op: 'linear', rows: 5, columns: 64, k: 64, format: 'q4', inFours: true } as const;
  const choices = await tuneKernels(runner, [task(5)], {}, undefined, ticks(0.1));
  expect(Object.keys(choices)).toEqual([workClass(work)]);
  expect(linearVariants(runner.kernels, work)).toContain(choices[workClass(work)]);
  runner.check();
});

test('what is known is not measured again, and without time nothing is', async () => {
  const work = { op: 'linear', rows: 5, columns: 64, k: 64, format: 'q4', inFours: true } as const;
  const known = { [workClass(work)]: 'matmul' };
  expect(await tuneKernels(runner, [task(5)], known, undefined, ticks(0.1))).toEqual({});
  expect(await tuneKernels(runner, [task(5)], {}, undefined, ticks(3000))).toEqual({});
});

test('a signal ends the run with its own reason', async () => {
  const reason = new Error('no longer wanted');
  await expect(tuneKernels(runner, [task(5)], {}, AbortSignal.abort(reason))).rejects.toBe(reason);
});

test('on a driver that computes on the processor nothing is compared', async () => {
  if (runner.kernels.capabilities.software) expect(await tunedChoices(runner, [task(5)])).toEqual({});
  else expect(await tunedChoices(runner, [task(5)])).toEqual(await tunedChoices(runner, [task(5)]));
});
