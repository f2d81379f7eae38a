// Dawn looks for finished work on every turn of the event loop while it is awaited, which takes a core from whatever computes on the
// processor. Whoever waits here sleeps between two looks.

import { afterAll, expect, test } from 'vitest';
import { openGpu } from '../../src/gpu/device.ts';
import { Arena } from '../../src/gpu/arena.ts';
import { defineKernel, dispatch } from '../../src/gpu/kernel.ts';
import { Pipelines } from '../../src/gpu/pipelines.ts';

const { device } = await openGpu();
const arena = new Arena(device, 'test');
afterAll(() => {
  arena.destroy();
  device.destroy();
});

/** A kernel that nobody has compiled before, and that takes a while. */
const steps = Array.from({ length: 3000 }, (_, i) => `y += cos(y * ${Date.now() % 1e6}.${i});`);
const source = `
@group(0) @binding(0) var<storage, read_write> x: array<f32>;
@compute @workgroup_size(1) fn main() {
  var y = x[0];
  ${steps.join('\n  ')}
  x[0] = y;
}`;

test('a list that waits for its compiler leaves the processor to it', async () => {
  const real = globalThis.setImmediate;
  let looks = 0;
  globalThis.setImmediate = ((...call: Parameters<typeof real>) => {
    looks += 1;
    return real(...call);
  }) as typeof real;
  const began = performance.now();
  try {
    const x = arena.tensor('x', [1]);
    const kernel = defineKernel({ name: 'slow-to-compile', slots: { x: 'read-write' }, params: {}, source });
    await new Pipelines(device).prepare([
      dispatch(kernel, { tensors: { x }, params: {}, workgroups: [1], cost: 1 }),
    ]);
  } finally {
    globalThis.setImmediate = real;
  }
  const elapsedMs = performance.now() - began;
  expect(elapsedMs).toBeGreaterThan(5); // otherwise nothing was compiled
  // Two of each look, one ours and one of Dawn, with 0.2 ms between them; a loop without sleeps makes over a hundred a millisecond.
  expect(looks).toBeLessThan(12 * elapsedMs);
});
