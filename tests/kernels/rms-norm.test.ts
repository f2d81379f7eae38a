import { expect, test } from 'vitest';
import { rmsNorm } from '../../src/kernels/rows/rms-norm.ts';
import { rmsNormReference } from '../reference/rms-norm.ts';
import { tolerances } from '../tolerances.ts';
import { expectClose, guard, useGpu } from './gpu-harness.ts';
import { control, normCases, rowsBeyondOneAxis, type NormCase } from './norm-cases.ts';
import { floats } from './random.ts';

const gpu = useGpu();

interface Case extends NormCase {
  readonly accumulate?: boolean;
}

const cases: readonly Case[] = [
  ...normCases,
  { why: 'a head of 24', ...control, columns: 24 },
  { why: 'the width of the 4B decoder', ...control, columns: 2560 },
  { why: 'adding to y', ...control, accumulate: true },
  { why: 'adding to some rows of y', ...control, rows: 5, spareRows: 2, accumulate: true },
];

test.each(cases)('rms-norm matches the reference with $why', async (c) => {
  const { rows, columns, scale = 1, eps = 1e-6, spareRows = 0, accumulate = false } = c;
  const x = floats(1, rows * columns, scale);
  const weight = floats(2, columns, 2);
  const count = (rows + spareRows) * columns;
  const before = accumulate ? floats(3, count) : new Float32Array(count).fill(guard);
  const y = gpu().output('y', [rows + spareRows, columns], before);
  const xTensor = gpu().input('x', [rows, columns], x);
  const weightTensor = gpu().input('weight', [columns], weight);
  await gpu().run(rmsNorm(xTensor, weightTensor, y, eps, accumulate));

  const expected = Float64Array.from(before);
  rmsNormReference(x, weight, eps).forEach((value, i) => {
    expected[i] = accumulate ? expected[i]! + value : value;
  });
  expectClose(await gpu().read(y), expected, tolerances.norm);
});

test('a row of zeros stays zero', async () => {
  const y = gpu().output('y', [1, 72]);
  const x = gpu().input('x', [1, 72], new Float32Array(72));
  await gpu().run(rmsNorm(x, gpu().input('weight', [72], floats(1, 72)), y, 1e-6));
  expect([...(await gpu().read(y))].every((value) => value === 0)).toBe(true);
});

test('more rows than one axis of the grid holds are all normed', async () => {
  const rows = rowsBeyondOneAxis;
  const x = floats(4, rows * 4);
  const weight = Float32Array.of(1, -2, 0.5, 3);
  const y = gpu().output('y', [rows, 4]);
  await gpu().run(rmsNorm(gpu().input('x', [rows, 4], x), gpu().input('weight', [4], weight), y, 1e-6));
  expectClose(await gpu().read(y), rmsNormReference(x, weight, 1e-6), tolerances.norm);
});

test('rms-norm refuses shapes that do not fit', () => {
  const tensor = (shape: number[]) => gpu().output('t', shape);
  expect(() => rmsNorm(tensor([2, 8]), tensor([4]), tensor([2, 8]), 1e-6)).toThrow('does not fit rows of 8');
  expect(() => rmsNorm(tensor([2, 8]), tensor([8]), tensor([1, 8]), 1e-6)).toThrow('t is smaller than t');
});
