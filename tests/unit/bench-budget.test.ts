import { expect, test } from 'vitest';
import { busyAndIdle } from '../../bench/measure/gpu-clock.ts';
import { Budget, byWorth } from '../../bench/measure/budget.ts';
import type { BenchCase } from '../../bench/measure/types.ts';

const row = (name: string, worth?: 1 | 2 | 3 | 4): BenchCase => ({
  suite: 'kernels',
  name,
  shape: '',
  work: null,
  denominator: null,
  software: true,
  ...(worth && { worth }),
  open: () => Promise.reject(new Error('not opened')),
});

test('rows that are worth more come first, and equal ones keep their order', () => {
  const order = byWorth([row('a'), row('b', 4), row('c', 1), row('d', 3), row('e', 2), row('f', 1)]);
  expect(order.map(({ name }) => name).join('')).toBe('cfeadb');
});

test('a row is begun only where it is expected to end in time', () => {
  let nowMs = 1000;
  const budget = new Budget(10, () => nowMs);
  expect(budget.hasTimeFor({ gpuSec: 10 })).toBe(true);
  expect(budget.hasTimeFor({ gpuSec: 11 })).toBe(false);
  nowMs = 8001;
  expect(budget.hasTimeFor({})).toBe(false);
  expect(budget.hasTimeFor({ gpuSec: 2 })).toBe(true);
  expect(budget.leftMs).toBe(2999);
});

test('without a limit there is time for everything', () => {
  expect(new Budget(null).hasTimeFor({ gpuSec: 1e6 })).toBe(true);
});

test('passes are busy, and what lies between them is idle', () => {
  expect(busyAndIdle([1e6, 3e6, 4e6, 9e6, 9e6, 10e6])).toEqual({ busyMs: 8, idleMs: 1 });
});
