import { describe, expect, test } from 'vitest';
import { matmul } from '../../src/kernels/matmul.ts';
import { weightSlices } from '../../src/kernels/weight-slice.ts';
import { geluReference, matmulReference } from '../reference/matmul.ts';
import { tolerances } from '../tolerances.ts';
import { expectClose, guard, useGpu } from './gpu-harness.ts';
import { matrixOf, matrixShapeOnly, storedValues, weightFormats } from './matrices.ts';
import { floats } from './random.ts';

const gpu = useGpu();

const control = { rows: 8, k: 64, columns: 64 };

interface Case {
  readonly why: string;
  readonly rows: number;
  readonly k: number;
  readonly columns: number;
  /** Rows of weight and of y beyond the ones that are used. */
  readonly spareWeightRows?: number;
  readonly spareRows?: number;
  readonly bias?: boolean;
  readonly gelu?: boolean;
  readonly accumulate?: boolean;
  readonly weightRow?: number;
  readonly yRow?: number;
  /** Rows of weight in a buffer of their own. */
  readonly partRows?: number;
}

const cases: Case[] = [
  { why: 'the control', ...control },
  { why: 'the smallest product', rows: 1, k: 4, columns: 4 },
  { why: 'two rows of a register tile of four', ...control, rows: 2 },
  { why: 'three rows', ...control, rows: 3 },
  { why: 'one row more than a register tile', ...control, rows: 5 },
  { why: 'one row more than a workgroup', ...control, rows: 33 },
  { why: 'the patches of one crop', ...control, rows: 729 },
  { why: 'the patch embedding: 588 inputs', ...control, k: 588, columns: 144 },
  { why: 'a width that is no multiple of 32', ...control, columns: 272 },
  { why: 'a width below a workgroup', ...control, columns: 112 },
  { why: 'the longest sum of the vision encoder', ...control, k: 4304 },
  { why: 'a bias', ...control, bias: true },
  { why: 'a GELU', ...control, gelu: true },
  { why: 'a GELU after a bias', ...control, bias: true, gelu: true },
  { why: 'adding to y', ...control, accumulate: true },
  { why: 'adding to y with a bias', ...control, bias: true, accumulate: true },
  { why: 'a part of a fused weight', ...control, weightRow: 36, spareWeightRows: 52 },
  { why: 'a part of a fused weight and bias', ...control, weightRow: 36, spareWeightRows: 52, bias: true },
  { why: 'rows in the middle of y', ...control, yRow: 5, spareRows: 9 },
  { why: 'adding to rows in the middle of y', ...control, yRow: 5, spareRows: 9, accumulate: true },
  { why: 'less than a block of columns', ...control, k: 24 },
  { why: 'three blocks and a half', ...control, k: 112 },
  { why: 'three whole blocks', ...control, k: 96 },
  { why: 'eight blocks and a half', ...control, k: 272 },
  { why: 'a weight in three parts', ...control, columns: 272, partRows: 128 },
  {
    why: 'rows of weight that begin in one part and end in the third, with a bias',
    ...{ ...control, columns: 180, weightRow: 100, spareWeightRows: 140, partRows: 128, bias: true },
  },
  {
    why: 'everything odd at once',
    ...{ rows: 35, k: 588, columns: 272, weightRow: 12, spareWeightRows: 20, yRow: 3, spareRows: 4 },
    ...{ bias: true, gelu: true, accumulate: true, partRows: 128 },
  },
];

describe.each(weightFormats)('of %s', (format) => {
  test.each(cases)('matmul matches the reference with $why', async (c) => {
    const { rows, k, columns, weightRow = 0, yRow = 0, gelu = false, accumulate = false } = c;
    const weightRows = columns + (c.spareWeightRows ?? 0);
    const yRows = rows + (c.spareRows ?? 0);
    const x = floats(1, rows * k);
    const weight = floats(2, weightRows * k);
    const bias = c.bias ? floats(3, weightRows, 4) : undefined;
    const before = accumulate ? floats(4, yRows * columns, 4) : new Float32Array(yRows * columns).fill(guard);
    const options = { gelu, accumulate, yRow };

    const y = gpu().output('y', [yRows, columns], before);
    const biasTensor = bias && gpu().input('bias', [weightRows], bias);
    const xTensor = gpu().input('x', [rows, k], x);
    const matrix = matrixOf(gpu(), format, weight, weightRows, k, c.partRows);
    const slices = weightSlices(matrix, weightRow, columns);
    await gpu().run(...slices.map((slice) => matmul(xTensor, slice, y, { ...options, bias: biasTensor })));

    const expected = Float64Array.from(before);
    const stored = storedValues(format, weight, weightRows, k);
    matmulReference(x, stored, expected, c, { ...options, weightRow, bias });
    expectClose(await gpu().read(y), expected, gelu ? tolerances.gelu : tolerances.dotProduct);
  });
});

// One-hot weights hand the inputs through unchanged.
test('GELU is exact near zero, 0 far below it and the identity far above', async () => {
  const near = Array.from({ length: 241 }, (_, i) => (i - 120) / 20);
  const values = Float32Array.of(...near, -50, 50, -1000, 1000, -1e12, 1e12);
  const rows = values.length;
  const x = gpu().input(
    'x',
    [rows, 4],
    Float32Array.from({ length: rows * 4 }, (_, i) => (i % 4 ? 0 : values[i / 4]!)),
  );
  const oneHot = Float32Array.from({ length: 16 }, (_, i) => (i % 5 ? 0 : 1));
  const [slice] = weightSlices(matrixOf(gpu(), 'f32', oneHot, 4, 4), 0, 4);
  const y = gpu().output('y', [rows, 4]);
  await gpu().run(matmul(x, slice!, y, { gelu: true }));
  const all = await gpu().read(y);
  values.forEach((value, row) => {
    const room = 0.5 * tolerances.gelu.relative * Math.abs(value); // what an error of tanh comes to
    const error = Math.abs(all[row * 4]! - geluReference(value));
    expect(error, `gelu(${value}) = ${all[row * 4]}`).toBeLessThanOrEqual(room);
  });
});

test('matmul refuses shapes that do not fit', () => {
  const tensor = (shape: number[]) => gpu().output('t', shape);
  const x = tensor([2, 8]);
  const slice = (rows: number, columns: number) => weightSlices(matrixShapeOnly(rows, columns), 0, rows)[0]!;
  expect(() => matmul(x, slice(8, 12), tensor([2, 8]))).toThrow('weight has 12 columns, t 8');
  expect(() => matmul(x, slice(8, 8), tensor([2, 8]), { yRow: 1 })).toThrow('t has 2 rows, needs 3');
  expect(() => matmul(x, slice(6, 8), tensor([2, 6]))).toThrow('not multiples of 4');
});
