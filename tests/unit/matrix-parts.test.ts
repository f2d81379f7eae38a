import { expect, test } from 'vitest';
import { matrixBytes } from '../../src/weights/formats/formats.ts';
import { matrixParts } from '../../src/weights/formats/matrix-parts.ts';

const MiB = 1024 * 1024;
const smallest = { maxBufferSize: 256 * MiB, maxStorageBufferBindingSize: 128 * MiB }; // what every adapter has

test('a matrix that fits is one part', () => {
  expect(matrixParts(2560, 4096, 'q4', smallest)).toEqual([
    { firstRow: 0, rows: 2560, codeBytes: (2560 * 4096) / 2, scaleBytes: (2560 * 4096) / 16 },
  ]);
});

test.each(['f32', 'f16', 'q8', 'q4'] as const)(
  'the vocabulary of 4B in %s fits the smallest limits',
  (format) => {
    const [rows, columns] = [151_936, 2560];
    const parts = matrixParts(rows, columns, format, smallest);
    const whole = matrixBytes(format, rows, columns);
    let next = 0;
    for (const { firstRow, rows: count, codeBytes, scaleBytes } of parts) {
      expect(firstRow).toBe(next);
      expect(firstRow % 128).toBe(0);
      expect(codeBytes).toBeLessThanOrEqual(smallest.maxStorageBufferBindingSize);
      expect(codeBytes + scaleBytes).toBeLessThanOrEqual(smallest.maxBufferSize);
      next = firstRow + count;
    }
    expect(next).toBe(rows);
    expect(parts).toHaveLength(Math.ceil(whole.byteLength / smallest.maxStorageBufferBindingSize));
    const sum = parts.reduce((bytes, part) => bytes + part.codeBytes + part.scaleBytes, 0);
    expect(sum).toBe(whole.byteLength);
  },
);

test('the buffer decides where it is smaller than the binding', () => {
  const limits = { maxBufferSize: 3 * 128 * 64 * 4, maxStorageBufferBindingSize: MiB };
  expect(matrixParts(1000, 64, 'f32', limits).map(({ firstRow, rows }) => [firstRow, rows])).toEqual([
    [0, 384],
    [384, 384],
    [768, 232],
  ]);
});

test('parts are about equally long', () => {
  const limits = { maxBufferSize: MiB, maxStorageBufferBindingSize: 3 * 128 * 64 * 4 };
  expect(matrixParts(512, 64, 'f32', limits).map(({ rows }) => rows)).toEqual([256, 256]);
});

test('few rows may fit where 128 would not', () => {
  const limits = { maxBufferSize: 4096, maxStorageBufferBindingSize: 4096 };
  expect(matrixParts(16, 64, 'f32', limits)).toHaveLength(1);
});

test('rows that cannot be cut to size are refused with the numbers', () => {
  const limits = { maxBufferSize: 4096, maxStorageBufferBindingSize: 2048 };
  expect(() => matrixParts(256, 64, 'q8', limits)).toThrow(
    expect.objectContaining({
      code: 'out-of-memory',
      message: expect.stringMatching(/8704 bytes.*4096.*2048/),
    }),
  );
});
