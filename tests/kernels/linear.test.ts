import { expect, test } from 'vitest';
import type { Dispatch } from '../../src/gpu/kernel.ts';
import type { Tensor } from '../../src/gpu/tensor.ts';
import { linear } from '../../src/kernels/linear.ts';

// Choosing reads shapes only, so the tensors need no buffers.
const tensor = (label: string, shape: number[]): Tensor => ({
  label,
  shape,
  dtype: 'f32',
  buffer: {} as GPUBuffer,
  byteOffset: 0,
  byteLength: 0,
});

function choose(rows: number, columns: number): Dispatch {
  return linear(tensor('x', [rows, 8]), tensor('weight', [columns, 8]), tensor('y', [rows, columns]));
}

const cases = [
  { rows: 1, columns: 64, kernel: 'matvec', why: 'decoding has one row' },
  { rows: 3, columns: 64, kernel: 'matvec', why: 'three rows leave a register tile unfilled' },
  { rows: 4, columns: 64, kernel: 'matmul', why: 'four rows fill a register tile' },
  { rows: 729, columns: 1152, kernel: 'matmul', why: 'a crop has many rows' },
  { rows: 1, columns: 10_007, kernel: 'matvec', why: 'a vocabulary is no multiple of 4' },
  {
    rows: 729,
    columns: 10_007,
    kernel: 'matvec',
    why: 'a matmul stores four columns at once, however many rows',
  },
];

test.each(cases)('$rows rows of $columns columns go to $kernel: $why', ({ rows, columns, kernel }) => {
  expect(choose(rows, columns).kernel.name).toBe(kernel);
});

test.each([1, 8])('options reach the kernel with %i rows', (rows) => {
  const bias = tensor('bias', [24]);
  const chosen = linear(tensor('x', [rows, 8]), tensor('weight', [24, 8]), tensor('y', [rows, 16]), {
    bias,
    accumulate: true,
    weightRow: 8,
  });
  expect(chosen.tensors['bias']).toBe(bias);
  expect(chosen.constants).toMatchObject({ BIAS: true, ACCUMULATE: true });
  expect(chosen.params).toMatchObject({ columns: 16, weightRow: 8 });
});

test('x may have more axes than two', () => {
  const x = tensor('x', [2, 5, 8]);
  expect(linear(x, tensor('weight', [16, 8]), tensor('y', [2, 5, 16])).params).toMatchObject({ rows: 10 });
});
