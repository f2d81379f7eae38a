import { expect, test } from 'vitest';
import { q4Blocks } from '../../bench/peer/q4-blocks.ts';
import { randomMatrixBytes } from '../../bench/inputs/stored-matrix.ts';
import { decodeMatrix } from '../../src/weights/formats/formats.ts';

/** Values as the operator MatMulNBits defines them. */
function valuesOf({ rows, columns, codes, scales }: ReturnType<typeof q4Blocks>): Float32Array {
  return Float32Array.from({ length: rows * columns }, (_, i) => {
    const byte = codes[i >> 1]!;
    const code = i % 2 === 0 ? byte & 15 : byte >> 4;
    return (code - 8) * scales[i >> 5]!;
  });
}

test.each([
  { rows: 64, columns: 32 },
  { rows: 200, columns: 96 }, // three tiles of rows and a part of one
])('the other layout of $rows x $columns has equal values', ({ rows, columns }) => {
  const stored = randomMatrixBytes('q4', rows, columns, 7);
  const expected = decodeMatrix('q4', stored, rows, columns);
  expect(valuesOf(q4Blocks(stored, rows, columns))).toEqual(expected);
});

test('some rows of a fused matrix are a matrix of their own', () => {
  const stored = randomMatrixBytes('q4', 150, 64, 8);
  const expected = decodeMatrix('q4', stored, 150, 64).subarray(70 * 64, 131 * 64);
  expect(valuesOf(q4Blocks(stored, 150, 64, 70, 61))).toEqual(Float32Array.from(expected));
});

test('columns that are no whole blocks are refused', () => {
  expect(() => q4Blocks(new Uint8Array(0), 4, 40)).toThrow(/multiple of 32, got 40/);
});
