import { expect, test } from 'vitest';
import { gatherRows } from '../../src/kernels/rows/gather-rows.ts';
import { gatherRowsReference } from '../reference/gather-rows.ts';
import { tolerances } from '../tolerances.ts';
import { expectClose, guard, useGpu } from './gpu-harness.ts';
import { floats, integers } from './random.ts';

const gpu = useGpu();

const control = { rows: 16, columns: 64, indices: [0, 5, 15], spareRows: 0 };

const cases = [
  { why: 'the control', ...control },
  { why: 'the last row only', ...control, indices: [15] },
  { why: 'rows in any order and twice', ...control, indices: [9, 2, 9, 0] },
  { why: 'the smallest row', ...control, columns: 4 },
  { why: 'a width of 588', ...control, columns: 588 },
  { why: 'many rows', ...control, columns: 24, indices: [...integers(1, 729, 16)] },
  { why: 'rows of y that stay as they are', ...control, spareRows: 2 },
];

test.each(cases)('gather-rows picks rows, with $why', async ({ rows, columns, indices, spareRows }) => {
  const x = floats(2, rows * columns);
  const whole = gpu().output('y', [indices.length + spareRows, columns]);
  const xTensor = gpu().input('x', [rows, columns], x);
  const indicesTensor = gpu().input('indices', [indices.length], Uint32Array.from(indices));
  await gpu().run(gatherRows(xTensor, indicesTensor, { ...whole, shape: [indices.length, columns] }));

  const expected = new Float64Array((indices.length + spareRows) * columns).fill(guard);
  expected.set(gatherRowsReference(x, indices, columns));
  expectClose(await gpu().read(whole), expected, tolerances.exact);
});

// The kernels that work value by value find their place in the grid in the same way.
test('more values than one axis of the grid holds are all copied', async () => {
  const [rows, columns] = [1640, 10_236]; // 65,575 workgroups of 64 times 4 values fold into 2 x 32,788
  const indices = Uint32Array.from({ length: rows }, (_, n) => n % 2);
  const x = floats(3, 2 * columns);
  const y = gpu().output('y', [rows, columns]);
  const use = gatherRows(gpu().input('x', [2, columns], x), gpu().input('indices', [rows], indices), y);
  expect(use.workgroups).toEqual([32_788, 2]);
  await gpu().run(use);
  const got = await gpu().read(y);
  const wrong = got.findIndex((value, i) => value !== x[i % (2 * columns)]);
  expect(wrong).toBe(-1);
});
