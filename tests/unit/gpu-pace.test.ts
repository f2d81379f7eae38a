import { expect, test } from 'vitest';
import { Pace } from '../../src/gpu/pace.ts';

const matmul = (cost: number) => ({ kernel: 'matmul-q4', cost });
const attention = (cost: number) => ({ kernel: 'attention-prefill-f16', cost });

/** A device on which every kernel takes its own time; returns what it needs for this work. */
const device = (msPerCost: Record<string, number>) => (work: readonly { kernel: string; cost: number }[]) =>
  work.reduce((sum, { kernel, cost }) => sum + cost * (msPerCost[kernel] ?? 0), 0);

test('before anything ran, all work is expected to take what was guessed', () => {
  const pace = new Pace(1000);
  expect(pace.predictMs(matmul(5000))).toBe(5);
  expect(pace.costIn(10, 'matmul')).toBe(10_000);
});

test('a kernel is known once it ran', () => {
  const pace = new Pace(1000);
  expect(pace.knows('attention-prefill')).toBe(false);
  pace.learn([attention(1000)], 40);
  expect(pace.knows('attention-prefill')).toBe(true);
  expect(pace.knows('attention-encoder')).toBe(false);
});

test('a kernel that is slower than the guess is known after a few slices, and others stay as they were', () => {
  const pace = new Pace(1000);
  for (let i = 0; i < 6; i++) pace.learn([attention(1000)], 40);
  expect(pace.predictMs(attention(1000))).toBeCloseTo(40, 5);
  expect(pace.predictMs(matmul(1000))).toBe(1);
});

test('kernels that only run together are told apart by slices in which their shares differ', () => {
  const ms = device({ 'matmul-q4': 0.001, 'attention-prefill-f16': 0.02 });
  const pace = new Pace(1000);
  for (let i = 0; i < 40; i++)
    for (const slice of [
      [matmul(9000), attention(1000)],
      [matmul(1000), attention(9000)],
    ])
      pace.learn(slice, ms(slice));
  expect(pace.predictMs(matmul(1000))).toBeGreaterThan(0.8);
  expect(pace.predictMs(matmul(1000))).toBeLessThan(1.25);
  expect(pace.predictMs(attention(1000))).toBeGreaterThan(18);
  expect(pace.predictMs(attention(1000))).toBeLessThan(22);
});

test('one odd reading moves an estimate by four times at most', () => {
  const pace = new Pace(1000);
  pace.learn([matmul(1000)], 60_000);
  expect(pace.predictMs(matmul(1000))).toBeCloseTo(4, 10);
  pace.learn([matmul(1000)], 0);
  expect(pace.predictMs(matmul(1000))).toBeCloseTo(1, 10);
});

test('what a kernel does in a time is said for the slowest of its variants', () => {
  const pace = new Pace(1000);
  pace.learn([{ kernel: 'matmul-q4', cost: 1000 }], 2);
  pace.learn([{ kernel: 'matmul-f16', cost: 1000 }], 0.5);
  pace.learn([{ kernel: 'matvec-q4', cost: 1000 }], 4);
  expect(pace.costIn(10, 'matmul')).toBeCloseTo(5000, 6);
});

test('work without cost teaches nothing', () => {
  const pace = new Pace(1000);
  pace.learn([matmul(0)], 100);
  pace.learn([], 100);
  expect(pace.predictMs(matmul(1000))).toBe(1);
});

test('work of kernels that have not run is expected at the pace of those that have', () => {
  const pace = new Pace(1000);
  const work = [
    { kernel: 'a', cost: 2000 },
    { kernel: 'b', cost: 500 },
  ];
  expect(pace.expectMs(work)).toBeCloseTo(2.5, 10);
  expect(pace.knownShare(work)).toBe(0);
  pace.learn([{ kernel: 'a', cost: 1000 }], 2);
  expect(pace.expectMs(work)).toBeCloseTo(5, 10);
  expect(pace.knownShare(work)).toBeCloseTo(0.8, 10);
  pace.learn([{ kernel: 'b', cost: 1000 }], 4);
  expect(pace.expectMs(work)).toBeCloseTo(6, 10);
  expect(pace.expectMs([{ kernel: 'c', cost: 1000 }])).toBeCloseTo(4, 10);
  expect(pace.knownShare([])).toBe(1);
});
