// How the values of a matrix are stored. Matrices are [N rows, K columns]; K is a multiple of 4.
//
//   f32, f16   row after row
//   q8, q4     "tile64": blocks of 32 columns that share one f16 scale, in tiles of 64 rows x 1 block, codes then scales
//
// tile64 pads the rows to a multiple of 128 and the columns to one of 32, with blocks of zeros. With B = ceil(K / 32), the
// block of row n and columns 32 b .. 32 b + 31 has the index i = (floor(n / 64) B + b) 64 + n mod 64.
//   q8   32 bytes at 32 i: int8 codes in order, value = code * scale
//   q4   16 bytes at 16 i: in word w the low nibble of byte j is column 8 w + j, the high one 8 w + 4 + j;
//        value = (code - 8) * scale
// The scale of block i is an f16 at 2 i behind the codes. 128 rows take a multiple of 256 bytes of codes and of scales, so
// that a matrix can be cut at multiples of 128 rows into pieces that are themselves tile64.

import { invariant, Molmo2Error } from '../../errors.ts';
import type { WeightFormat } from '../../gpu/matrix.ts';
import { q4Scale, q8Scale, storedScale } from './block-scale.ts';
import { decodeHalves, encodeHalves, halfValues } from './half.ts';

export type { WeightFormat } from '../../gpu/matrix.ts';

/** Columns that share a scale. */
export const blockColumns = 32;
/** A quantised matrix may be cut at multiples of this many rows. */
export const rowAlignment = 128;

const tileRows = 64;
const codeBytesPerBlock = { q8: 32, q4: 16 } as const;

export interface MatrixBytes {
  /** Values, or codes. */
  readonly codeBytes: number;
  /** 0 for formats without scales. */
  readonly scaleBytes: number;
  readonly byteLength: number;
}

/** How many bytes a matrix takes. */
export function matrixBytes(format: WeightFormat, rows: number, columns: number): MatrixBytes {
  const codeBytes = isQuantized(format)
    ? blockCount(rows, columns) * codeBytesPerBlock[format]
    : rows * columns * (format === 'f32' ? 4 : 2);
  const scaleBytes = isQuantized(format) ? blockCount(rows, columns) * 2 : 0;
  return { codeBytes, scaleBytes, byteLength: codeBytes + scaleBytes };
}

/** True for the formats of blocks with a scale, whose layout is tile64. */
export function isQuantized(format: WeightFormat): format is 'q8' | 'q4' {
  return format === 'q8' || format === 'q4';
}

function blockCount(rows: number, columns: number): number {
  return Math.ceil(rows / rowAlignment) * rowAlignment * Math.ceil(columns / blockColumns);
}

/** Where rows of a matrix lie in its stored bytes; for q8 and q4 `firstRow` is a multiple of 128. */
export function rowOffsets(
  format: WeightFormat,
  rows: number,
  columns: number,
  firstRow: number,
): { readonly codes: number; readonly scales: number } {
  invariant(
    !isQuantized(format) || firstRow % rowAlignment === 0,
    `row ${firstRow} is not the first of ${rowAlignment}`,
  );
  const before = matrixBytes(format, firstRow, columns);
  return {
    codes: before.codeBytes,
    scales: matrixBytes(format, rows, columns).codeBytes + before.scaleBytes,
  };
}

/** The format of a tensor of a bundle whose decoder matrices are stored as `weights`. */
export function formatOf(
  name: string,
  shape: readonly number[],
  weights: Exclude<WeightFormat, 'f32'>,
): WeightFormat {
  if (!isMatrix(name, shape)) return 'f32';
  return name.startsWith('model.vision_backbone.') ? 'f16' : weights;
}

/** False for what is added or multiplied value by value: vectors and, although it is 2-D, the positional embedding. */
export function isMatrix(name: string, shape: readonly number[]): boolean {
  return shape.length === 2 && !name.endsWith('.positional_embedding');
}

/** The stored bytes of a matrix. Throws `unsupported-model` for values that the format cannot hold. */
export function encodeMatrix(
  format: WeightFormat,
  values: Float32Array,
  rows: number,
  columns: number,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(matrixBytes(format, rows, columns).byteLength);
  const { codes, scales } = encodeRows(format, values, rows, columns);
  bytes.set(codes);
  bytes.set(scales, codes.byteLength);
  return bytes;
}

/** Rows of a matrix in stored form; `rowOffsets` says where they belong. */
export interface EncodedRows {
  readonly codes: Uint8Array<ArrayBuffer>;
  /** Empty for formats without scales. */
  readonly scales: Uint8Array<ArrayBuffer>;
}

/**
 * Stores some rows of a matrix: `values` are `rows` whole rows that begin at a multiple of 128 of the matrix. Only the
 * last slice of a matrix may hold another number of rows than a multiple of 128. Throws `unsupported-model`.
 */
export function encodeRows(
  format: WeightFormat,
  values: Float32Array,
  rows: number,
  columns: number,
): EncodedRows {
  invariant(values.length === rows * columns, `${values.length} values for ${rows} x ${columns}`);
  const { codeBytes, scaleBytes } = matrixBytes(format, rows, columns);
  const codes = new Uint8Array(codeBytes);
  const scales = new Uint8Array(scaleBytes);
  if (format === 'f32') new Float32Array(codes.buffer).set(values);
  else if (format === 'f16') encodeHalf(values, new Uint16Array(codes.buffer));
  else if (format === 'q8') encodeQ8(values, rows, columns, codes, new Uint16Array(scales.buffer));
  else encodeQ4(values, rows, columns, codes, new Uint16Array(scales.buffer));
  return { codes, scales };
}

function encodeHalf(values: Float32Array, halves: Uint16Array): void {
  const wrong = encodeHalves(values, halves);
  if (wrong >= 0) throw outOfRange(values[wrong] ?? NaN, 'f16 holds values up to 65504');
}

function outOfRange(value: number, why: string): Molmo2Error {
  return new Molmo2Error(
    'unsupported-model',
    `A weight is ${value}, but ${why}. The checkpoint is damaged or needs f32.`,
  );
}

/** Bits of a block's scale. Throws for a block that no scale can hold. */
function checkedScale(scale: number, extreme: number): number {
  if (!Number.isFinite(extreme)) throw outOfRange(extreme, 'quantised weights must be finite');
  const half = storedScale(scale);
  if ((half & 0x7fff) === 0x7c00) throw outOfRange(extreme, 'the scale of its block exceeds 65504');
  return half;
}

function encodeQ8(
  values: Float32Array,
  rows: number,
  columns: number,
  codes: Uint8Array,
  scales: Uint16Array,
): void {
  const known = halfValues();
  const signed = new Int8Array(codes.buffer, codes.byteOffset, codes.byteLength);
  const blocks = Math.ceil(columns / blockColumns);
  const own = new Float64Array(blockColumns);
  for (let n = 0; n < rows; n++) {
    let block = (n - (n % tileRows)) * blocks + (n % tileRows);
    for (let k = 0; k < columns; k += blockColumns, block += tileRows) {
      const count = Math.min(blockColumns, columns - k);
      const extreme = copyBlock(values, n * columns + k, count, own);
      const half = checkedScale(q8Scale(own, Math.abs(extreme)), extreme);
      const scale = known[half] ?? 0;
      scales[block] = half;
      if (scale === 0) continue;
      const inverse = 1 / scale;
      // 128.5 makes the number positive, so that cutting off its fraction rounds to the nearest code.
      for (let i = 0; i < blockColumns; i++)
        signed[block * 32 + i] = (((own[i] ?? 0) * inverse + 128.5) | 0) - 128;
    }
  }
}

function encodeQ4(
  values: Float32Array,
  rows: number,
  columns: number,
  codes: Uint8Array,
  scales: Uint16Array,
): void {
  const known = halfValues();
  const blocks = Math.ceil(columns / blockColumns);
  const own = new Float64Array(blockColumns);
  for (let n = 0; n < rows; n++) {
    let block = (n - (n % tileRows)) * blocks + (n % tileRows);
    for (let k = 0; k < columns; k += blockColumns, block += tileRows) {
      const count = Math.min(blockColumns, columns - k);
      const extreme = copyBlock(values, n * columns + k, count, own);
      const half = checkedScale(q4Scale(own, extreme), extreme);
      const scale = known[half] ?? 0;
      scales[block] = half;
      const inverse = scale === 0 ? 0 : 1 / scale;
      for (let i = 0; i < blockColumns; i += 8)
        for (let j = i; j < i + 4; j++)
          codes[block * 16 + i / 2 + (j & 3)] =
            q4Code((own[j] ?? 0) * inverse) | (q4Code((own[j + 4] ?? 0) * inverse) << 4);
    }
  }
}

function q4Code(steps: number): number {
  return Math.max(0, Math.min(15, (steps + 8.5) | 0));
}

/** Copies a block, zeros behind its end, and returns its value of largest magnitude, the first of equals, with its sign. */
function copyBlock(values: Float32Array, start: number, count: number, own: Float64Array): number {
  let extreme = 0;
  for (let i = 0; i < count; i++) {
    const value = values[start + i] ?? 0;
    own[i] = value;
    if (!(Math.abs(value) <= Math.abs(extreme))) {
      extreme = value;
      if (value !== value) return value;
    }
  }
  own.fill(0, count);
  return extreme;
}

/** The values of stored bytes. */
export function decodeMatrix(
  format: WeightFormat,
  bytes: Uint8Array,
  rows: number,
  columns: number,
): Float32Array<ArrayBuffer> {
  const { byteLength, codeBytes } = matrixBytes(format, rows, columns);
  invariant(bytes.byteLength === byteLength, `${bytes.byteLength} bytes for ${byteLength} of ${format}`);
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  const { buffer, byteOffset } = aligned;
  const values = new Float32Array(rows * columns);
  if (format === 'f32') values.set(new Float32Array(buffer, byteOffset, values.length));
  else if (format === 'f16') decodeHalves(new Uint16Array(buffer, byteOffset, values.length), values);
  else {
    const scales = new Uint16Array(buffer, byteOffset + codeBytes, (byteLength - codeBytes) / 2);
    decodeBlocks(format, aligned, scales, rows, columns, values);
  }
  return values;
}

function decodeBlocks(
  format: 'q8' | 'q4',
  codes: Uint8Array,
  scales: Uint16Array,
  rows: number,
  columns: number,
  values: Float32Array,
): void {
  const known = halfValues();
  const blocks = Math.ceil(columns / blockColumns);
  for (let n = 0; n < rows; n++) {
    let block = (n - (n % tileRows)) * blocks + (n % tileRows);
    for (let k = 0; k < columns; k += blockColumns, block += tileRows) {
      const scale = known[scales[block] ?? 0] ?? 0;
      const count = Math.min(blockColumns, columns - k);
      for (let i = 0; i < count; i++) {
        const code = format === 'q8' ? q8CodeAt(codes, block, i) : q4CodeAt(codes, block, i);
        values[n * columns + k + i] = code * scale;
      }
    }
  }
}

function q8CodeAt(codes: Uint8Array, block: number, i: number): number {
  return ((codes[block * 32 + i] ?? 0) << 24) >> 24;
}

function q4CodeAt(codes: Uint8Array, block: number, i: number): number {
  const byte = codes[block * 16 + (i >> 3) * 4 + (i & 3)] ?? 0;
  return ((byte >> (i & 4)) & 15) - 8;
}
