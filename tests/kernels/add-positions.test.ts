import { test } from 'vitest';
import { addPositions } from '../../src/kernels/rows/add-positions.ts';
import { addPositionsReference } from '../reference/add-positions.ts';
import { tolerances } from '../tolerances.ts';
import { expectClose, guard, useGpu } from './gpu-harness.ts';
import { floats } from './random.ts';

const gpu = useGpu();

const control = { crops: 1, patches: 16, columns: 64, spareRows: 0 };

const cases = [
  { why: 'the control', ...control },
  { why: 'one patch of the smallest width', ...control, patches: 1, columns: 4 },
  { why: 'several crops', ...control, crops: 3 },
  { why: 'an odd number of patches', ...control, crops: 2, patches: 9 },
  { why: 'the patches of a crop', ...control, crops: 2, patches: 729, columns: 24 },
  { why: 'a width of 144', ...control, crops: 2, columns: 144 },
  { why: 'rows of x that stay as they are', ...control, crops: 2, patches: 9, spareRows: 3 },
];

test.each(cases)('add-positions matches the reference with $why', async (c) => {
  const { crops, patches, columns, spareRows } = c;
  const rows = crops * patches;
  const table = floats(1, patches * columns);
  const x = floats(2, rows * columns);
  const after = new Float32Array(spareRows * columns).fill(guard);
  const whole = gpu().output('x', [rows + spareRows, columns], Float32Array.of(...x, ...after));
  const tableTensor = gpu().input('table', [patches, columns], table);
  await gpu().run(addPositions(tableTensor, { ...whole, shape: [crops, patches, columns] }));

  const expected = Float64Array.of(...addPositionsReference(table, x), ...after);
  expectClose(await gpu().read(whole), expected, tolerances.oneRounding);
});
