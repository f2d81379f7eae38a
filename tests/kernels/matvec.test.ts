import { expect, test } from 'vitest';
import { matvec } from '../../src/kernels/matvec.ts';
import { matmulReference } from '../reference/matmul.ts';
import { tolerances } from '../tolerances.ts';
import { expectClose, guard, useGpu } from './gpu-harness.ts';
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
];

test.each(cases)('matvec matches the reference with $why', async (c) => {
  const { rows, k, columns, weightRow = 0, accumulate = false } = c;
  const weightRows = columns + (c.spareWeightRows ?? 0);
  const yRows = rows + (c.spareRows ?? 0);
  const x = floats(1, rows * k);
  const weight = floats(2, weightRows * k);
  const bias = c.bias ? floats(3, weightRows, 4) : undefined;
  const before = accumulate ? floats(4, yRows * columns, 4) : new Float32Array(yRows * columns).fill(guard);

  const y = gpu().output('y', [yRows, columns], before);
  const biasTensor = bias && gpu().input('bias', [weightRows], bias);
  const xTensor = gpu().input('x', [rows, k], x);
  const weightTensor = gpu().input('weight', [weightRows, k], weight);
  await gpu().run(matvec(xTensor, weightTensor, y, { accumulate, weightRow, bias: biasTensor }));

  const expected = Float64Array.from(before);
  matmulReference(x, weight, expected, c, { accumulate, weightRow, bias });
  expectClose(await gpu().read(y), expected, tolerances.dotProduct);
});

test('matvec refuses shapes that do not fit', () => {
  const tensor = (shape: number[]) => gpu().output('t', shape);
  const [x, weight] = [tensor([2, 8]), tensor([8, 8])];
  expect(() => matvec(x, tensor([8, 12]), tensor([2, 8]))).toThrow('t has 12 columns, t 8');
  expect(() => matvec(x, weight, tensor([2, 9]))).toThrow('t has 8 rows, needs 9');
  expect(() => matvec(x, weight, tensor([2, 7]), { weightRow: 2 })).toThrow('t has 8 rows, needs 9');
  expect(() => matvec(x, weight, tensor([1, 8]))).toThrow('t has 1 rows, needs 2');
});
