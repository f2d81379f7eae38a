import { expect, test } from 'vitest';
import { addRows } from '../../src/kernels/rows/add-rows.ts';
import { addRowsReference } from '../reference/add-rows.ts';
import { tolerances } from '../tolerances.ts';
import { expectClose, useGpu } from './gpu-harness.ts';
import { floats } from './random.ts';

const gpu = useGpu();

const control = { rows: 16, columns: 64, indices: [0, 5, 15], first: 0, count: 3 };

const cases = [
  { why: 'the control', ...control },
  { why: 'an order of their own', ...control, indices: [9, 2, 14] },
  { why: 'the smallest row', ...control, columns: 4 },
  { why: 'a width of 588', ...control, columns: 588 },
  { why: 'some of the indices', ...control, indices: [3, 7, 1, 12, 0], first: 2, count: 2 },
  {
    why: 'many rows',
    ...control,
    rows: 729,
    columns: 24,
    indices: Array.from({ length: 729 }, (_, n) => (n * 100) % 729),
    count: 729,
  },
];

test.each(cases)('add-rows matches the reference with $why', async (c) => {
  const { rows, columns, indices, first, count } = c;
  const before = floats(1, rows * columns);
  const values = floats(2, count * columns, 1e5); // features of the real models exceed the range of f16
  const x = gpu().output('x', [rows, columns], before);
  const y = gpu().input('y', [count, columns], values);
  const index = gpu().input('indices', [indices.length], Uint32Array.from(indices));
  await gpu().run(addRows(y, index, first, x));
  const expected = addRowsReference(before, values, indices.slice(first, first + count), columns);
  expectClose(await gpu().read(x), expected, tolerances.oneRounding);
});

test('more rows than indices are refused', () => {
  const y = gpu().input('y', [2, 4], floats(1, 8));
  const index = gpu().input('indices', [2], Uint32Array.of(0, 1));
  const x = gpu().output('x', [2, 4]);
  expect(() => addRows(y, index, 1, x)).toThrow('indices has 2 entries, needs 3');
});
