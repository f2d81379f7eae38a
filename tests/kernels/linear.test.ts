import { expect, test } from 'vitest';
import type { Tensor } from '../../src/gpu/tensor.ts';
import { portableSettings, type KernelSettings } from '../../src/gpu/kernel-settings.ts';
import { mostDispatchCost } from '../../src/kernels/dispatch-cost.ts';
import { linear } from '../../src/kernels/linear/linear.ts';
import { matrixShapeOnly } from './matrices.ts';

// Choosing reads shapes only, so the tensors need no buffers.
const tensor = (label: string, shape: number[]): Tensor => ({
  label,
  shape,
  dtype: 'f32',
  buffer: {} as GPUBuffer,
  byteOffset: 0,
  byteLength: 0,
});

const cases = [
  { rows: 1, columns: 64, kernel: 'matvec-split-q4', why: 'decoding has one row' },
  { rows: 2, columns: 64, kernel: 'matvec-rows-q4', why: 'two branches share each weight that is read' },
  { rows: 8, columns: 10_007, kernel: 'matvec-rows-q4', why: 'so do eight, over any vocabulary' },
  { rows: 9, columns: 64, kernel: 'matmul-tile-q4', why: 'nine are more sums than registers' },
  { rows: 729, columns: 1152, kernel: 'matmul-tile-q4', why: 'a crop has many rows' },
  { rows: 1, columns: 10_007, kernel: 'matvec-split-q4', why: 'a vocabulary is no multiple of 4' },
  {
    rows: 729,
    columns: 10_007,
    kernel: 'matvec-split-q4',
    why: 'a matmul stores four columns at once, however many rows',
  },
];

test.each(cases)('$rows rows of $columns columns go to $kernel: $why', ({ rows, columns, kernel }) => {
  const list = linear(
    portableSettings,
    tensor('x', [rows, 8]),
    matrixShapeOnly(columns, 8),
    tensor('y', [rows, columns]),
  );
  expect(list.map((dispatch) => dispatch.kernel.name)).toEqual([kernel]);
});

test.each([1, 8])('options reach the kernel with %i rows', (rows) => {
  const bias = tensor('bias', [24]);
  const [chosen] = linear(
    portableSettings,
    tensor('x', [rows, 8]),
    matrixShapeOnly(24, 8),
    tensor('y', [rows + 2, 16]),
    {
      bias,
      gelu: true,
      accumulate: true,
      weightRow: 8,
      yRow: 2,
    },
  );
  expect(chosen?.tensors['bias']).toBe(bias);
  expect(chosen?.constants).toMatchObject({ BIAS: true, GELU: true, ACCUMULATE: true });
  expect(chosen?.params).toMatchObject({ columns: 16, weightRow: 8, biasRow: 8, yRow: 2 });
});

test('x may have more axes than two', () => {
  const x = tensor('x', [2, 5, 8]);
  const [chosen] = linear(portableSettings, x, matrixShapeOnly(16, 8), tensor('y', [2, 5, 16]));
  expect(chosen?.params).toMatchObject({ rows: 10 });
});

test('every part that the wanted rows touch makes its own columns', () => {
  const list = linear(
    portableSettings,
    tensor('x', [1, 8]),
    matrixShapeOnly(640, 8, 256),
    tensor('y', [1, 300]),
    {
      weightRow: 250,
    },
  );
  expect(list.map(({ params }) => params)).toMatchObject([
    { weightRow: 250, columns: 6, biasRow: 250, yColumn: 0, yStride: 300 },
    { weightRow: 0, columns: 256, biasRow: 256, yColumn: 6, yStride: 300 },
    { weightRow: 0, columns: 38, biasRow: 512, yColumn: 262, yStride: 300 },
  ]);
});

test('a part that begins off a multiple of four columns goes to matvec, the others to matmul', () => {
  const list = linear(
    portableSettings,
    tensor('x', [9, 8]),
    matrixShapeOnly(512, 8, 256),
    tensor('y', [9, 256]),
    {
      weightRow: 250,
    },
  );
  expect(list.map(({ kernel }) => kernel.name)).toEqual(['matvec-split-q4', 'matvec-split-q4']);
  const even = linear(
    portableSettings,
    tensor('x', [9, 8]),
    matrixShapeOnly(512, 8, 256),
    tensor('y', [9, 256]),
    {
      weightRow: 252,
    },
  );
  expect(even.map(({ kernel }) => kernel.name)).toEqual(['matmul-tile-q4', 'matmul-tile-q4']);
});

test('rows beyond the matrix are refused', () => {
  const [x, matrix] = [tensor('x', [2, 8]), matrixShapeOnly(8, 8)];
  expect(() => linear(portableSettings, x, matrix, tensor('y', [2, 12]))).toThrow(
    'weight has 8 rows, needs 12',
  );
  expect(() => linear(portableSettings, x, matrix, tensor('y', [2, 8]), { weightRow: 4 })).toThrow(
    'weight has 8 rows, needs 12',
  );
});

/** A GPU with memory for what dispatches hand on. */
const withScratch = (packedIntegers: boolean): KernelSettings => ({
  capabilities: { ...portableSettings.capabilities, packedIntegers },
  tuned: {},
  scratch: {
    partials: { ...tensor('partials', [2 ** 22]), byteLength: 2 ** 24 },
    packed: { ...tensor('packed', [2 ** 22]), byteLength: 2 ** 24 },
  },
});

const products = (kernels: KernelSettings, rows: number, columns: number, k: number) =>
  linear(kernels, tensor('x', [rows, k]), matrixShapeOnly(columns, k), tensor('y', [rows, columns]));

test('where y has few tiles parts of K are made apart and added', () => {
  const [product, merge, ...others] = products(withScratch(false), 36, 1152, 1152);
  expect(others).toEqual([]);
  expect([product?.kernel.name, merge?.kernel.name]).toEqual(['matmul-tile-q4', 'matmul-merge']);
  expect(product?.workgroups).toEqual([18, 1, 12]);
  expect(product?.tensors['y']).toBe(merge?.tensors['sums']);
  const names = products(withScratch(false), 729, 4304, 1152).map(({ kernel }) => kernel.name);
  expect(names).toEqual(['matmul-tile-q4']);
});

test('rows are packed before they meet quantised weights, as many at a time as there is memory for', () => {
  const list = products(withScratch(true), 3000, 1024, 9728);
  // 1,532 rows fit: two thirds of them at a time make three chunks of one size.
  expect(list.map(({ kernel, params }) => [kernel.name, params['rows'], params['yRow']])).toEqual([
    ['pack-rows', 1024, undefined],
    ['matmul-packed-q4', 1024, 0],
    ['matmul-merge', 1024, 0],
    ['pack-rows', 1024, undefined],
    ['matmul-packed-q4', 1024, 1024],
    ['matmul-merge', 1024, 1024],
    ['pack-rows', 952, undefined],
    ['matmul-packed-q4', 952, 2048],
    ['matmul-merge', 952, 2048],
  ]);
  expect(list[1]?.tensors['x']).toMatchObject({ shape: [1024, 304 * 8], byteOffset: 0 });
  expect(list[1]?.tensors['xScales']).toMatchObject({ byteOffset: 1024 * 9728 });
});

test('rows beyond what one dispatch may be are made by several, each with its own rows of y', () => {
  const list = linear(
    portableSettings,
    tensor('x', [1000, 65_536]),
    matrixShapeOnly(1024, 65_536),
    tensor('y', [1003, 1024]),
    { yRow: 3 },
  );
  expect(list.map(({ params }) => [params['yRow'], params['rows']])).toEqual([
    [3, 256],
    [259, 256],
    [515, 256],
    [771, 232],
  ]);
  for (const { cost } of list) expect(cost).toBeLessThanOrEqual(mostDispatchCost(portableSettings));
});
