// Random matrices in the stored form of each format, made without rounding real numbers: codes are random bits and
// scales have random fractions, so that a matrix of the largest model takes a second.

import type { Matrix } from '../../src/gpu/matrix.ts';
import {
  decodeMatrix,
  encodeMatrix,
  isQuantized,
  matrixBytes,
  rowOffsets,
} from '../../src/weights/formats/formats.ts';
import type { WeightFormat } from '../../src/weights/formats/formats.ts';
import { GpuStore } from '../../src/weights/store/gpu-store.ts';
import { randomBits, randomFloats } from './random.ts';

export interface StoredMatrix {
  /** Copies with the same values, for runs that take turns. */
  readonly copies: readonly Matrix[];
  readonly byteLength: number;
  /** The values of one row, as the kernels see them. */
  row(index: number): Float32Array;
  destroy(): void;
}

/** A matrix [rows, columns] on the GPU, several times; rows of unit values give values of about 1. */
export function storedMatrix(
  device: GPUDevice,
  format: WeightFormat,
  rows: number,
  columns: number,
  { seed, copies }: { readonly seed: number; readonly copies: number },
): StoredMatrix {
  const bytes = randomMatrixBytes(format, rows, columns, seed);
  const names = Array.from({ length: copies }, (_, i) => `weight ${i}`);
  const store = new GpuStore(
    device,
    new Map(names.map((name) => [name, { shape: [rows, columns], format }])),
  );
  for (const name of names) store.write(name, 0, bytes);
  return {
    copies: names.map((name) => store.matrix(name)),
    byteLength: bytes.byteLength,
    row: (index) => storedRow(format, bytes, rows, columns, index),
    destroy: () => store.destroy(),
  };
}

/** The stored form of random values of about 1 / sqrt(columns). */
export function randomMatrixBytes(
  format: WeightFormat,
  rows: number,
  columns: number,
  seed: number,
): Uint8Array<ArrayBuffer> {
  const size = 1 / Math.sqrt(columns);
  // Rare: blocks that reach over the end of a row must hold zeros there.
  if (isQuantized(format) && columns % 32 !== 0)
    return encodeMatrix(format, randomFloats(seed, rows * columns, size), rows, columns);
  const { codeBytes, byteLength } = matrixBytes(format, rows, columns);
  if (format === 'f32') return new Uint8Array(randomFloats(seed, rows * columns, 1.7 * size).buffer);
  const bytes = new Uint8Array(Math.ceil(byteLength / 4) * 4);
  const words = new Uint32Array(bytes.buffer);
  const bits = randomBits(seed);
  for (let i = 0; i < words.length; i++) words[i] = bits();
  const halves = new Uint16Array(bytes.buffer, 0, Math.floor(byteLength / 2));
  if (format === 'f16') fixExponents(halves, 0, size, true);
  else {
    // Codes are spread evenly over +-127 or -8 .. 7, whose deviations are 73 and 4.6.
    fixExponents(halves, codeBytes / 2, size / (format === 'q8' ? 73 : 4.6), false);
    // The code -128 does not exist.
    if (format === 'q8') for (let i = 0; i < codeBytes; i++) if (bytes[i] === 0x80) bytes[i] = 0x81;
  }
  return bytes;
}

/** Keeps the fraction of every half from `start` on, and gives it a magnitude around `size`. */
function fixExponents(halves: Uint16Array, start: number, size: number, signed: boolean): void {
  const exponent = Math.max(1, Math.min(30, 15 + Math.round(Math.log2(size / 1.5)))) << 10;
  const kept = signed ? 0x83ff : 0x03ff;
  for (let i = start; i < halves.length; i++) halves[i] = ((halves[i] ?? 0) & kept) | exponent;
}

// 128 rows of a matrix are a matrix of their own in every format.
const groupRows = 128;

function storedRow(
  format: WeightFormat,
  bytes: Uint8Array,
  rows: number,
  columns: number,
  index: number,
): Float32Array {
  const first = index - (index % groupRows);
  const count = Math.min(groupRows, rows - first);
  const { codes, scales } = rowOffsets(format, rows, columns, first);
  const size = matrixBytes(format, count, columns);
  const group = new Uint8Array(size.byteLength);
  group.set(bytes.subarray(codes, codes + size.codeBytes));
  group.set(bytes.subarray(scales, scales + size.scaleBytes), size.codeBytes);
  const values = decodeMatrix(format, group, count, columns);
  return values.subarray((index - first) * columns, (index - first + 1) * columns);
}
