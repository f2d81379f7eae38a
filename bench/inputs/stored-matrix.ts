// Random matrices in the stored form of each format, made on the GPU without rounding real numbers: codes are random bits and
// scales have random fractions. References make the rows that they need again.

import type { Dispatch } from '../../src/gpu/kernel.ts';
import type { Matrix } from '../../src/gpu/matrix.ts';
import type { GpuRunner } from '../../src/gpu/runner.ts';
import {
  decodeMatrix,
  encodeMatrix,
  isQuantized,
  matrixBytes,
  rowOffsets,
} from '../../src/weights/formats/formats.ts';
import type { WeightFormat } from '../../src/weights/formats/formats.ts';
import { GpuStore } from '../../src/weights/store/gpu-store.ts';
import { randomFill } from './random-fill.ts';
import { anyBits, filledWords, halvesAround, type Fill } from './random-words.ts';
import { randomFloats } from './random.ts';

/** What a matrix is made from. */
export interface MatrixSeed {
  readonly format: WeightFormat;
  readonly rows: number;
  readonly columns: number;
  readonly seed: number;
}

export interface StoredMatrix {
  /** Copies with the same values, for runs that take turns. */
  readonly copies: readonly Matrix[];
  readonly byteLength: number;
  /** The values of one row, as the kernels see them. */
  row(index: number): Float32Array;
  destroy(): void;
}

/** A matrix [rows, columns] on the GPU, several times; rows of unit values give values of about 1. */
export async function storedMatrix(
  runner: GpuRunner,
  format: WeightFormat,
  rows: number,
  columns: number,
  { seed, copies }: { readonly seed: number; readonly copies: number },
): Promise<StoredMatrix> {
  const made = { format, rows, columns, seed };
  const names = Array.from({ length: copies }, (_, i) => `weight ${i}`);
  const shapes = new Map(names.map((name) => [name, { shape: [rows, columns], format }]));
  const store = new GpuStore(runner.device, shapes);
  try {
    await runner.run(names.flatMap((name) => fillMatrix(store, name, made)));
  } catch (error) {
    store.destroy();
    throw error;
  }
  return {
    copies: names.map((name) => store.matrix(name)),
    byteLength: matrixBytes(format, rows, columns).byteLength,
    row: (index) => storedRow(made, index),
    destroy: () => store.destroy(),
  };
}

/** Dispatches that write a matrix of a store. */
export function fillMatrix(store: GpuStore, name: string, made: MatrixSeed): Dispatch[] {
  const { format, rows, columns, seed } = made;
  if (isRounded(made)) {
    store.write(name, 0, randomMatrixBytes(format, rows, columns, seed));
    return [];
  }
  const fills = fillsOf(made);
  store.filled(name, matrixBytes(format, rows, columns).byteLength);
  return store.matrix(name).parts.flatMap(({ firstRow, values, scales }) => {
    const at = rowOffsets(format, rows, columns, firstRow);
    return [
      randomFill(values, fills.values, seed, values.byteLength / 4, at.codes / 4),
      ...(scales ? [randomFill(scales, fills.scales, seed, scales.byteLength / 4, at.scales / 4)] : []),
    ];
  });
}

/** The stored form of random values of about 1 / sqrt(columns), as `fillMatrix` writes it. */
export function randomMatrixBytes(
  format: WeightFormat,
  rows: number,
  columns: number,
  seed: number,
): Uint8Array<ArrayBuffer> {
  const made = { format, rows, columns, seed };
  if (isRounded(made))
    return encodeMatrix(format, randomFloats(seed, rows * columns, 1 / Math.sqrt(columns)), rows, columns);
  const { codeBytes, scaleBytes } = matrixBytes(format, rows, columns);
  return piece(made, 0, codeBytes, codeBytes, scaleBytes);
}

/** Rare: blocks that reach over the end of a row must hold zeros there. */
function isRounded({ format, columns }: MatrixSeed): boolean {
  return isQuantized(format) && columns % 32 !== 0;
}

function fillsOf({ format, columns }: MatrixSeed): { readonly values: Fill; readonly scales: Fill } {
  const size = 1 / Math.sqrt(columns);
  if (format === 'f32') return { values: { kind: 'floats', scale: 1.7 * size, offset: 0 }, scales: anyBits };
  if (format === 'f16') return { values: halvesAround(size, true), scales: anyBits };
  // Codes are spread evenly over +-127 or -8 .. 7, whose deviations are 73 and 4.6.
  if (format === 'q8') return { values: { kind: 'bytes' }, scales: halvesAround(size / 73, false) };
  return { values: anyBits, scales: halvesAround(size / 4.6, false) };
}

/** Codes and scales at these places of the stored form, one behind the other. */
function piece(
  made: MatrixSeed,
  codes: number,
  codeBytes: number,
  scales: number,
  scaleBytes: number,
): Uint8Array<ArrayBuffer> {
  const fills = fillsOf(made);
  const bytes = new Uint8Array(codeBytes + scaleBytes);
  bytes.set(new Uint8Array(filledWords(fills.values, made.seed, codes / 4, codeBytes / 4).buffer));
  bytes.set(
    new Uint8Array(filledWords(fills.scales, made.seed, scales / 4, scaleBytes / 4).buffer),
    codeBytes,
  );
  return bytes;
}

// 128 rows of a matrix are a matrix of their own in every format.
const groupRows = 128;

function storedRow(made: MatrixSeed, index: number): Float32Array {
  const { format, rows, columns, seed } = made;
  if (isRounded(made)) {
    const all = decodeMatrix(format, randomMatrixBytes(format, rows, columns, seed), rows, columns);
    return all.subarray(index * columns, (index + 1) * columns);
  }
  // Formats without blocks need no more than the row itself.
  const step = isQuantized(format) ? groupRows : 1;
  const first = index - (index % step);
  const count = Math.min(step, rows - first);
  const { codes, scales } = rowOffsets(format, rows, columns, first);
  const size = matrixBytes(format, count, columns);
  const group = piece(made, codes, size.codeBytes, scales, size.scaleBytes);
  const values = decodeMatrix(format, group, count, columns);
  return values.subarray((index - first) * columns, (index - first + 1) * columns);
}
