// What every kernel for many rows has to compute: shapes for each format, and the options of a linear layer.

import { describe, expect, test } from 'vitest';
import type { Dispatch } from '../../src/gpu/kernel.ts';
import type { WeightFormat } from '../../src/gpu/matrix.ts';
import type { Tensor } from '../../src/gpu/tensor.ts';
import type { ManyRowsOptions } from '../../src/kernels/linear/many-rows.ts';
import { weightSlices, type WeightSlice } from '../../src/kernels/linear/weight-slice.ts';
import { gatedSiluReference } from '../reference/gated-silu.ts';
import { geluReference, matmulReference } from '../reference/matmul.ts';
import { tolerances, type Tolerance } from '../tolerances.ts';
import { casesHere } from './cases-here.ts';
import { expectClose, guard, type GpuHarness } from './gpu-harness.ts';
import { matrixOf, matrixShapeOnly, storedValues } from './matrices.ts';
import { floats } from './random.ts';

export type ManyRowsProduct = (
  x: Tensor,
  slice: WeightSlice,
  y: Tensor,
  options?: ManyRowsOptions,
) => Dispatch | Dispatch[];

export interface ManyRowsCase {
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
  readonly xScale?: number;
}

const control = { rows: 8, k: 64, columns: 64 };

/** What depends on how a kernel walks rows, columns and blocks. */
const shapes: readonly ManyRowsCase[] = [
  { why: 'the control', ...control },
  { why: 'the smallest product', rows: 1, k: 4, columns: 4 },
  { why: 'four rows', ...control, rows: 4 },
  { why: 'one row more than four', ...control, rows: 5, columns: 60 },
  { why: 'one row less than a tile, and a quad less', ...control, rows: 63, columns: 60 },
  { why: 'a whole tile', ...control, rows: 64 },
  { why: 'one row more than a tile, and a quad more', ...control, rows: 65, columns: 68 },
  { why: 'two rows more than two tiles, and a quad more than three', ...control, rows: 130, columns: 196 },
  { why: 'more tiles than a band', rows: 600, k: 8, columns: 132 },
  { why: 'the patches of one crop', ...control, rows: 729, k: 36 },
  { why: 'the patch embedding: 588 inputs', ...control, k: 588, columns: 144 },
  { why: 'the longest sum of the vision encoder', ...control, rows: 9, k: 4304 },
  { why: 'less than a block of columns', ...control, k: 24 },
  { why: 'a block and a quad', ...control, k: 36 },
  { why: 'two blocks and a quarter', ...control, k: 72 },
  { why: 'three blocks and an eighth', ...control, k: 100 },
  { why: 'three blocks and a half', ...control, k: 112 },
  { why: 'the width of the smallest released decoder', rows: 20, k: 2560, columns: 12 },
  { why: 'a part of a fused weight', ...control, weightRow: 36, spareWeightRows: 52 },
  { why: 'rows of weight that begin off a multiple of four', ...control, weightRow: 37, spareWeightRows: 52 },
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
  { why: 'values beyond those of f16', ...control, rows: 70, xScale: 1e6 },
];

/** What a kernel does with its sums, whatever the format. */
const options: readonly ManyRowsCase[] = [
  { why: 'a bias', ...control, bias: true },
  { why: 'a GELU', ...control, gelu: true },
  { why: 'a GELU after a bias', ...control, bias: true, gelu: true },
  { why: 'adding to y', ...control, accumulate: true },
  { why: 'adding to y with a bias', ...control, bias: true, accumulate: true },
  { why: 'a part of a fused weight and bias', ...control, weightRow: 36, spareWeightRows: 52, bias: true },
  { why: 'rows in the middle of y', ...control, yRow: 5, spareRows: 9 },
  { why: 'adding to rows in the middle of y', ...control, yRow: 5, spareRows: 9, accumulate: true },
];

const gates = [
  { why: 'the control', rows: 8, k: 64, width: 64 },
  { why: 'the smallest width', rows: 5, k: 8, width: 4 },
  { why: 'one row and a quad more than a tile', rows: 65, k: 36, width: 68 },
  { why: 'a quad less than two tiles, below a hundred columns', rows: 130, k: 100, width: 60 },
] as const;

async function check(
  gpu: GpuHarness,
  of: ManyRowsProduct,
  format: WeightFormat,
  c: ManyRowsCase,
  sums: Tolerance,
  rounded: RowsRounding,
) {
  const { rows, k, columns, weightRow = 0, yRow = 0, gelu = false, accumulate = false, xScale = 1 } = c;
  const weightRows = columns + (c.spareWeightRows ?? 0);
  const yRows = rows + (c.spareRows ?? 0);
  const x = rounded(
    floats(1, rows * k).map((value) => value * xScale),
    rows,
  );
  const weight = floats(2, weightRows * k);
  const bias = c.bias ? floats(3, weightRows, 4) : undefined;
  const before = accumulate ? floats(4, yRows * columns, 4) : new Float32Array(yRows * columns).fill(guard);
  const use = { gelu, accumulate, yRow };

  const y = gpu.output('y', [yRows, columns], before);
  const biasTensor = bias && gpu.input('bias', [weightRows], bias);
  const xTensor = gpu.input('x', [rows, k], x);
  const matrix = matrixOf(gpu, format, weight, weightRows, k, c.partRows);
  const slices = weightSlices(matrix, weightRow, columns);
  await gpu.run(...slices.flatMap((slice) => of(xTensor, slice, y, { ...use, bias: biasTensor })));

  const expected = Float64Array.from(before);
  matmulReference(x, storedValues(format, weight, weightRows, k), expected, c, { ...use, weightRow, bias });
  const relative = gelu ? Math.max(sums.relative, tolerances.gelu.relative) : sums.relative;
  expectClose(await gpu.read(y), expected, { relative, of: 'largest' });
}

async function checkGated(
  gpu: GpuHarness,
  of: ManyRowsProduct,
  format: WeightFormat,
  c: (typeof gates)[number],
  sums: Tolerance,
  rounded: RowsRounding,
) {
  const { rows, k, width } = c;
  const x = rounded(floats(5, rows * k), rows);
  const weight = floats(6, 2 * width * k);
  const y = gpu.output('y', [rows, width]);
  const [slice] = weightSlices(matrixOf(gpu, format, weight, 2 * width, k, 256), 0, width);
  await gpu.run(...[of(gpu.input('x', [rows, k], x), slice!, y, { gateRow: width })].flat());

  const fused = new Float64Array(rows * 2 * width);
  const stored = storedValues(format, weight, 2 * width, k);
  matmulReference(x, stored, fused, { rows, columns: 2 * width, k });
  const part = (column: number) => ({ of: fused, stride: 2 * width, column });
  const expected = gatedSiluReference(part(width), part(0), rows, width);
  // Errors of value and gate multiply with the other, which is at most about as large as the largest of the product.
  expectClose(await gpu.read(y), expected, {
    relative: 4 * sums.relative + tolerances.sigmoid.relative,
    of: 'largest',
  });
}

/** What a kernel makes of x before it multiplies. */
export type RowsRounding = (x: Float32Array, rows: number) => Float32Array;

export interface ManyRowsTesting {
  /** What the kernel makes of x: it gets values that this changes no more, so that only its sums are checked. */
  readonly rounded?: RowsRounding;
  /** Whether to try every option of a linear layer; false where another test does for the same source. */
  readonly epilogues?: boolean;
}

/** Registers the tests of one kernel: all shapes in all formats, all options in one. */
export function testManyRows(
  gpu: () => GpuHarness,
  of: ManyRowsProduct,
  formats: readonly WeightFormat[],
  sums: Tolerance,
  { rounded = (x) => x, epilogues = true }: ManyRowsTesting = {},
): void {
  describe.each(formats)('of %s', (format) => {
    test.each(casesHere(shapes))('matches the reference with $why', (c) =>
      check(gpu(), of, format, c, sums, rounded),
    );
    test.each(casesHere(gates))('gates as the reference does with $why', (c) =>
      checkGated(gpu(), of, format, c, sums, rounded),
    );
  });

  const [first = 'q4'] = formats;
  if (epilogues)
    test.each(casesHere(options))(`matches the reference with $why, of ${first}`, (c) =>
      check(gpu(), of, first, c, sums, rounded),
    );

  test('refuses shapes that do not fit', () => {
    const tensor = (shape: number[]) => gpu().output('t', shape);
    const x = tensor([2, 8]);
    const slice = (rows: number, columns: number) =>
      weightSlices(matrixShapeOnly(rows, columns), 0, rows)[0]!;
    expect(() => of(x, slice(8, 12), tensor([2, 8]))).toThrow('weight has 12 columns, t 8');
    expect(() => of(x, slice(8, 8), tensor([2, 8]), { yRow: 1 })).toThrow('t has 2 rows, needs 3');
    expect(() => of(x, slice(6, 8), tensor([2, 6]))).toThrow('not multiples of 4');
    expect(() => of(x, slice(8, 8), tensor([2, 8]), { gateRow: 4 })).toThrow('the gate needs 12');
    expect(() => of(x, slice(8, 8), tensor([2, 8]), { gateRow: 0, gelu: true })).toThrow('has no bias, GELU');
  });
}

/** GELU of values near zero and far from it; one-hot weights hand the inputs through unchanged. */
export function testGeluRange(gpu: () => GpuHarness, of: ManyRowsProduct): void {
  test('GELU is exact near zero, 0 far below it and the identity far above', async () => {
    const near = Array.from({ length: 241 }, (_, i) => (i - 120) / 20);
    const values = Float32Array.of(...near, -50, 50, -1000, 1000, -1e12, 1e12);
    const rows = values.length;
    const inputs = Float32Array.from({ length: rows * 4 }, (_, i) => (i % 4 ? 0 : values[i / 4]!));
    const x = gpu().input('x', [rows, 4], inputs);
    const oneHot = Float32Array.from({ length: 16 }, (_, i) => (i % 5 ? 0 : 1));
    const [slice] = weightSlices(matrixOf(gpu(), 'f32', oneHot, 4, 4), 0, 4);
    const y = gpu().output('y', [rows, 4]);
    await gpu().run(...[of(x, slice!, y, { gelu: true })].flat());
    const all = await gpu().read(y);
    values.forEach((value, row) => {
      const room = 0.5 * tolerances.gelu.relative * Math.abs(value); // what an error of tanh comes to
      const error = Math.abs(all[row * 4]! - geluReference(value));
      expect(error, `gelu(${value}) = ${all[row * 4]}`).toBeLessThanOrEqual(room);
    });
  });
}
