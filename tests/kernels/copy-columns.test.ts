import { test } from 'vitest';
import { copyColumns } from '../../src/kernels/rows/copy-columns.ts';
import { copyColumnsReference } from '../reference/copy-columns.ts';
import { tolerances } from '../tolerances.ts';
import { expectClose, guard, useGpu } from './gpu-harness.ts';
import { floats } from './random.ts';

const gpu = useGpu();

const control = { rows: 4, yRows: 4, columns: 64, stride: 128, column: 0, yRow: 0 };

const cases = [
  { why: 'the control', ...control },
  { why: 'the second half of y', ...control, column: 64 },
  { why: 'columns between others', ...control, column: 20 },
  { why: 'a matrix as wide as y', ...control, stride: 64 },
  { why: 'the smallest row', ...control, rows: 1, columns: 4, column: 124 },
  { why: 'a width of 72 in 144', ...control, columns: 72, stride: 144, column: 72 },
  { why: 'rows in the middle of y', ...control, rows: 3, yRows: 9, yRow: 5 },
  {
    why: 'the patches of a second crop',
    ...control,
    rows: 729,
    yRows: 1458,
    columns: 12,
    stride: 24,
    yRow: 729,
  },
];

test.each(cases)('copy-columns writes its columns and nothing else, with $why', async (c) => {
  const { rows, yRows, columns, stride } = c;
  const x = floats(1, rows * columns);
  const y = gpu().output('y', [yRows, stride]);
  await gpu().run(copyColumns(gpu().input('x', [rows, columns], x), y, c));

  const expected = new Float64Array(yRows * stride).fill(guard);
  copyColumnsReference(x, expected, c);
  expectClose(await gpu().read(y), expected, tolerances.exact);
});
