// The safetensors container: eight bytes of header length, a JSON header, then the tensors' bytes.

import { Molmo2Error } from '../../errors.ts';
import { strictJson } from '../files/strict-json.ts';

export type StoredType = 'F32' | 'F16' | 'BF16';

/** One tensor that the header of a file lists, of a type that may be none of ours. */
export interface ListedTensor {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Bytes of the file. */
  readonly start: number;
  readonly end: number;
}

/** A tensor that can be read. */
export interface StoredTensor extends ListedTensor {
  readonly dtype: StoredType;
}

const bytesPer: Readonly<Record<string, number>> = {
  F64: 8, I64: 8, U64: 8, F32: 4, I32: 4, U32: 4, F16: 2, BF16: 2, I16: 2, U16: 2, I8: 1, U8: 1, BOOL: 1,
  F8_E4M3: 1, F8_E5M2: 1,
}; // prettier-ignore
// A checkpoint of a thousand tensors has a header of 0.1 MB; whoever claims much more wants our memory.
const largestHeader = 16 * 1024 * 1024;
const mostAxes = 8;
const longestName = 500;
const longestType = 40;

function damaged(file: string, what: string, cause?: unknown): never {
  throw new Molmo2Error(
    'bad-checkpoint',
    `${file} is damaged: ${what}. Download the file again.`,
    cause === undefined ? undefined : { cause },
  );
}

/** Length of the JSON header, from the first 8 bytes of a file; `fileBytes` is the file's length where it is known. */
export function headerLength(first8: Uint8Array, file: string, fileBytes = Infinity): number {
  if (first8.byteLength < 8)
    damaged(file, `it has ${first8.byteLength} bytes, less than a safetensors header`);
  const length = Number(new DataView(first8.buffer, first8.byteOffset, 8).getBigUint64(0, true));
  if (length < 2 || length > largestHeader || length > fileBytes - 8)
    damaged(file, `its header claims ${length} bytes`);
  return length;
}

/**
 * Reads the JSON header into the list of tensors; `__metadata__` is left out. Tensors do not overlap and, where
 * `fileBytes` is known, lie within the file. Types that are not read are no fault of tensors that nobody reads.
 */
export function parseHeader(header: Uint8Array, file: string, fileBytes = Infinity): ListedTensor[] {
  const json = strictJson(header, (what, cause) => damaged(file, `its header is refused: ${what}`, cause));
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    damaged(file, 'its header is not an object');
  const dataStart = 8 + header.byteLength;
  const tensors = Object.entries(json)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, entry]) => listedTensor(name, entry, dataStart, file));
  checkRanges(tensors, file, fileBytes);
  return tensors;
}

function checkRanges(tensors: readonly ListedTensor[], file: string, fileBytes: number): void {
  let before: ListedTensor | null = null;
  for (const tensor of tensors.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    if (before && tensor.start < before.end)
      damaged(file, `tensors "${before.name}" and "${tensor.name}" overlap`);
    if (tensor.end > fileBytes)
      damaged(file, `tensor "${tensor.name}" ends at byte ${tensor.end} of ${fileBytes}`);
    before = tensor;
  }
}

function listedTensor(name: string, entry: unknown, dataStart: number, file: string): ListedTensor {
  if (name.length > longestName) damaged(file, `a tensor has a name of ${name.length} characters`);
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>;
  if (!isCounts(shape) || shape.length > mostAxes || !isCounts(offsets) || offsets.length !== 2)
    damaged(file, `tensor "${name}" has no usable shape and data_offsets`);
  if (typeof dtype !== 'string' || dtype.length > longestType)
    damaged(file, `tensor "${name}" has ${(JSON.stringify(dtype) ?? 'nothing').slice(0, 80)} for a type`);
  const [start = 0, end = 0] = offsets;
  if (end < start) damaged(file, `tensor "${name}" ends before it begins`);
  const elementBytes = Object.hasOwn(bytesPer, dtype) ? bytesPer[dtype] : undefined;
  const expected = shape.reduce((product, size) => product * size, elementBytes ?? 1);
  if (!Number.isSafeInteger(expected)) damaged(file, `tensor "${name}" [${shape.join(', ')}] is too large`);
  if (elementBytes !== undefined && end - start !== expected)
    damaged(
      file,
      `tensor "${name}" [${shape.join(', ')}] ${dtype} takes ${expected} bytes, its offsets span ${end - start}`,
    );
  return { name, dtype, shape, start: dataStart + start, end: dataStart + end };
}

/** A tensor that is to be read. Throws `unsupported-model` for types that are not. */
export function readable<T extends ListedTensor>(tensor: T, file: string): T & StoredTensor {
  const { name, dtype } = tensor;
  if (dtype === 'F32' || dtype === 'F16' || dtype === 'BF16') return { ...tensor, dtype };
  throw new Molmo2Error(
    'unsupported-model',
    `${file}: tensor "${name}" is "${dtype}"; F32, F16 and BF16 can be read. Convert the checkpoint first.`,
  );
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && (n as number) >= 0);
}

/** Values of a tensor as f32; BF16 and F16 widen exactly. */
export function floats(bytes: Uint8Array<ArrayBuffer>, dtype: StoredType): Float32Array<ArrayBuffer> {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  if (dtype === 'F32') return new Float32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 4);
  const halves = new Uint16Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 2);
  const out = new Float32Array(halves.length);
  const bits = new Uint32Array(out.buffer);
  const widen = dtype === 'BF16' ? widenBf16 : widenF16;
  for (let i = 0; i < halves.length; i++) bits[i] = widen(halves[i] ?? 0);
  return out;
}

function widenBf16(half: number): number {
  return (half << 16) >>> 0;
}

/** Bits of the f32 that equals an f16: the exponent is rebiased, subnormals are normalised, infinities and NaN kept. */
function widenF16(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 31) return (sign | 0x7f800000 | (fraction << 13)) >>> 0;
  if (exponent > 0) return (sign | ((exponent + 112) << 23) | (fraction << 13)) >>> 0;
  if (fraction === 0) return sign >>> 0;
  const shift = Math.clz32(fraction) - 21; // brings the leading one to bit 10
  return (sign | ((113 - shift) << 23) | (((fraction << shift) & 1023) << 13)) >>> 0;
}
