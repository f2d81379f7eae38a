import { expect, test } from 'vitest';
import { Pace } from '../../src/gpu/pace.ts';
import type { Step } from '../../src/gpu/pipelines.ts';
import { sliceEnd } from '../../src/gpu/replay.ts';

// Slicing reads costs only.
const steps = (costs: readonly number[]) => costs.map((cost) => ({ kernel: 'any', cost }) as Step);
/** One unit of cost takes a millisecond, so that a slice's cost is its time. */
const pace = new Pace(1);

/** The costs of every slice of a list, one list to a slice. */
function slices(costs: readonly number[], sliceCost: number): number[][] {
  const list = steps(costs);
  const all: number[][] = [];
  for (let start = 0; start < list.length;) {
    const end = sliceEnd(list, start, pace, sliceCost);
    expect(end).toBeGreaterThan(start); // or the work would never end
    all.push(costs.slice(start, end));
    start = end;
  }
  return all;
}

test.each([
  { why: 'steps that fit together stay together', costs: [1, 2, 3], sliceCost: 10, expected: [[1, 2, 3]] },
  { why: 'a slice may be filled exactly', costs: [4, 6, 1], sliceCost: 10, expected: [[4, 6], [1]] },
  {
    why: 'a step that would exceed the slice begins the next',
    costs: [6, 5],
    sliceCost: 10,
    expected: [[6], [5]],
  },
  { why: 'a step beyond the cost runs alone', costs: [3, 50, 3], sliceCost: 10, expected: [[3], [50], [3]] },
  { why: 'a slice that costs nothing holds one step', costs: [1, 1], sliceCost: 0, expected: [[1], [1]] },
  {
    why: 'free steps join any slice',
    costs: [0, 10, 0, 0, 1],
    sliceCost: 10,
    expected: [[0, 10, 0, 0], [1]],
  },
  { why: 'one step is one slice', costs: [7], sliceCost: 10, expected: [[7]] },
  { why: 'no steps are no slice', costs: [], sliceCost: 10, expected: [] },
])('$why', ({ costs, sliceCost, expected }) => {
  expect(slices(costs, sliceCost)).toEqual(expected);
});

test('a slice counts from its own start', () => {
  expect(sliceEnd(steps([100, 4, 4, 4]), 1, pace, 8)).toBe(3);
  expect(sliceEnd(steps([1, 1]), 2, pace, 8)).toBe(2);
});

test('whatever the slice, every step runs once and in order, and only single steps exceed it', () => {
  const costs = Array.from({ length: 200 }, (_, i) => (i * 7919) % 31);
  for (const sliceCost of [1, 7, 30, 100, 1e6]) {
    const all = slices(costs, sliceCost);
    expect(all.flat()).toEqual(costs);
    for (const slice of all)
      if (slice.length > 1) expect(slice.reduce((sum, cost) => sum + cost, 0)).toBeLessThanOrEqual(sliceCost);
  }
});
