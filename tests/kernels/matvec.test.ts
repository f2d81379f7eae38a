import { describe, expect, test } from 'vitest';
import { matvec } from '../../src/kernels/matvec.ts';
import { weightSlices } from '../../src/kernels/weight-slice.ts';
import { matmulReference } from '../reference/matmul.ts';
import { tolerances } from '../tolerances.ts';
import { expectClose, guard, useGpu } from './gpu-harness.ts';
import { matrixOf, matrixShapeOnly, storedValues, weightFormats } from './matrices.ts';
import { floats } from './random.ts';

const gpu = useGpu();

const control = { rows: 1, k: 64, columns: 64 };

interface Case {
  readonly why: string;
  readonly rows: number;
  readonly k: number;
  readonly columns: number;
  /** Rows of weight and of y beyond the ones that are used. */
  readonly spareWeightRows?: number;
  readonly spareRows?: number;
  readonly bias?: boolean;
  readonly accumulate?: boolean;
  readonly weightRow?: number;
  readonly gelu?: boolean;
  readonly yRow?: number;
  /** Rows of weight in a buffer of their own. */
  readonly partRows?: number;
}

const cases: Case[] = [
  { why: 'the control', ...control },
  { why: 'the smallest product', rows: 1, k: 4, columns: 1 },
  { why: 'two rows', ...control, rows: 2 },
  { why: 'three rows', ...control, rows: 3 },
  { why: 'more rows than it is chosen for', ...control, rows: 33 },
  { why: 'a vocabulary that is no multiple of 4', ...control, columns: 10_007 },
  { why: 'rows of y that begin off a vec4 boundary', ...control, rows: 3, columns: 10_007 },
  { why: 'one column more than a workgroup', ...control, columns: 65 },
  { why: 'a width of 588', ...control, k: 588 },
  { why: 'a long sum', ...control, k: 4304 },
  { why: 'a bias', ...control, bias: true },
  { why: 'adding to y', ...control, accumulate: true },
  { why: 'adding to y with a bias', ...control, rows: 2, bias: true, accumulate: true },
  { why: 'a part of a fused weight', ...control, weightRow: 37, spareWeightRows: 52 },
  { why: 'a part of a fused weight and bias', ...control, weightRow: 37, spareWeightRows: 52, bias: true },
  { why: 'rows of y that stay as they are', ...control, spareRows: 2 },
  { why: 'rows in the middle of y', ...control, yRow: 1, spareRows: 2 },
  { why: 'a GELU after a bias', ...control, rows: 2, bias: true, gelu: true },
  { why: 'less than a block of columns', ...control, k: 24 },
  { why: 'three blocks and a half', ...control, k: 112 },
  { why: 'three whole blocks', ...control, k: 96 },
  { why: 'eight blocks and a half', ...control, k: 272 },
  { why: 'a vocabulary in several parts', ...control, rows: 2, columns: 1003, partRows: 384 },
  {
    why: 'rows of weight that begin in one part and end in the third, with a bias',
    ...{ ...control, columns: 181, weightRow: 99, spareWeightRows: 140, partRows: 128, bias: true },
  },
];

describe.each(weightFormats)('of %s', (format) => {
  test.each(cases)('matvec matches the reference with $why', async (c) => {
    const { rows, k, columns, weightRow = 0, accumulate = false, gelu = false, yRow = 0 } = c;
    const weightRows = columns + (c.spareWeightRows ?? 0);
    const yRows = rows + (c.spareRows ?? 0);
    const x = floats(1, rows * k);
    const weight = floats(2, weightRows * k);
    const bias = c.bias ? floats(3, weightRows, 4) : undefined;
    const before = accumulate ? floats(4, yRows * columns, 4) : new Float32Array(yRows * columns).fill(guard);
    const options = { accumulate, gelu, yRow };

    const y = gpu().output('y', [yRows, columns], before);
    const biasTensor = bias && gpu().input('bias', [weightRows], bias);
    const xTensor = gpu().input('x', [rows, k], x);
    const matrix = matrixOf(gpu(), format, weight, weightRows, k, c.partRows);
    const slices = weightSlices(matrix, weightRow, columns);
    await gpu().run(...slices.map((slice) => matvec(xTensor, slice, y, { ...options, bias: biasTensor })));

    const expected = Float64Array.from(before);
    const stored = storedValues(format, weight, weightRows, k);
    matmulReference(x, stored, expected, c, { ...options, weightRow, bias });
    expectClose(await gpu().read(y), expected, gelu ? tolerances.gelu : tolerances.dotProduct);
  });
});

test('matvec refuses shapes that do not fit', () => {
  const tensor = (shape: number[]) => gpu().output('t', shape);
  const x = tensor([2, 8]);
  const slice = (rows: number, columns: number) => weightSlices(matrixShapeOnly(rows, columns), 0, rows)[0]!;
  expect(() => matvec(x, slice(8, 12), tensor([2, 8]))).toThrow('weight has 12 columns, t 8');
  expect(() => matvec(x, slice(8, 8), tensor([1, 8]))).toThrow('t has 1 rows, needs 2');
  expect(() => matvec(x, slice(8, 8), tensor([2, 8]), { yRow: 1 })).toThrow('t has 2 rows, needs 3');
});
