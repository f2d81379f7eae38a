import { expect, test } from 'vitest';
import { gatedSilu } from '../../src/kernels/rows/gated-silu.ts';
import { gatedSiluReference } from '../reference/gated-silu.ts';
import { tolerances } from '../tolerances.ts';
import { expectClose, guard, useGpu } from './gpu-harness.ts';
import { floats } from './random.ts';

const gpu = useGpu();

const control = { rows: 4, width: 64, scale: 4, spareRows: 0 };

const cases = [
  { why: 'the control', ...control },
  { why: 'the smallest row', ...control, rows: 1, width: 4 },
  { why: 'three rows', ...control, rows: 3 },
  { why: 'a width that is no multiple of a workgroup', ...control, width: 272 },
  { why: 'a width of 112', ...control, rows: 5, width: 112 },
  { why: 'many rows', ...control, rows: 729, width: 24 },
  { why: 'gates up to 30', ...control, scale: 30 },
  { why: 'rows of y that stay as they are', ...control, rows: 3, spareRows: 2 },
];

test.each(cases)('gated-silu of two matrices matches the reference with $why', async (c) => {
  const { rows, width, scale, spareRows } = c;
  const gate = floats(1, rows * width, scale);
  const value = floats(2, rows * width);
  const whole = gpu().output('y', [rows + spareRows, width]);
  const y = { ...whole, shape: [rows, width] };
  const gateTensor = gpu().input('gate', [rows, width], gate);
  const valueTensor = gpu().input('value', [rows, width], value);
  await gpu().run(gatedSilu({ of: gateTensor, column: 0 }, { of: valueTensor, column: 0 }, y));

  const place = { stride: width, column: 0 };
  const expected = new Float64Array((rows + spareRows) * width).fill(guard);
  expected.set(gatedSiluReference({ of: gate, ...place }, { of: value, ...place }, rows, width));
  expectClose(await gpu().read(whole), expected, tolerances.sigmoid);
});

test.each([
  { why: 'value first, then gate, as the decoder stores them', gateColumn: 112, valueColumn: 0, stride: 224 },
  { why: 'gate first', gateColumn: 0, valueColumn: 112, stride: 224 },
  { why: 'columns around both', gateColumn: 140, valueColumn: 8, stride: 272 },
])('gated-silu of two parts of one matrix matches the reference with $why', async (c) => {
  const [rows, width] = [3, 112];
  const both = floats(3, rows * c.stride, 4);
  const y = gpu().output('y', [rows, width]);
  const tensor = gpu().input('both', [rows, c.stride], both);
  await gpu().run(gatedSilu({ of: tensor, column: c.gateColumn }, { of: tensor, column: c.valueColumn }, y));

  const gate = { of: both, stride: c.stride, column: c.gateColumn };
  const value = { of: both, stride: c.stride, column: c.valueColumn };
  expectClose(await gpu().read(y), gatedSiluReference(gate, value, rows, width), tolerances.sigmoid);
});

test('gates whose exponential overflows give 0 and the gate itself', async () => {
  const gate = gpu().input('gate', [1, 4], Float32Array.of(-100, 100, -1e4, 1e4));
  const value = gpu().input('value', [1, 4], Float32Array.of(3, 3, 3, 3));
  const y = gpu().output('y', [1, 4]);
  await gpu().run(gatedSilu({ of: gate, column: 0 }, { of: value, column: 0 }, y));
  const got = [...(await gpu().read(y))].map((result) => result + 0); // -0 is as good as 0
  expect(got).toEqual([0, 300, 0, 30_000]);
});
