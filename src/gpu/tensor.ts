// A tensor is a labelled shape over a slice of a GPU buffer. It owns nothing.

import { invariant } from '../errors.ts';

export type DType = 'f32' | 'i32' | 'u32' | 'u8';

export interface Tensor {
  readonly label: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly buffer: GPUBuffer;
  /** A multiple of 256, the alignment every binding has to keep. */
  readonly byteOffset: number;
  /** A multiple of 4. */
  readonly byteLength: number;
}

/** Bindings start at multiples of this many bytes on every device. */
export const bindingAlignment = 256;

export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

export function tensorBytes(shape: readonly number[], dtype: DType): number {
  const bytes = elementCount(shape) * (dtype === 'u8' ? 1 : 4);
  return Math.ceil(bytes / 4) * 4;
}

/** The memory of x [T, C] as rows of fewer columns, which lie close together at its start. */
export function narrowed(x: Tensor, columns: number): Tensor {
  const [rows, width] = matrixShape(x);
  invariant(columns <= width, `${x.label} has ${width} columns, asked for ${columns}`);
  const shape = [rows, columns];
  return { ...x, shape, byteLength: tensorBytes(shape, x.dtype) };
}

/** Rows [start, start + count) of the first axis; the start must fall on a binding boundary. */
export function sliceRows(x: Tensor, start: number, count: number): Tensor {
  const [rows = 0, ...rest] = x.shape;
  invariant(
    start >= 0 && start + count <= rows,
    `${x.label} has ${rows} rows, asked for ${start}..${start + count}`,
  );
  const rowBytes = tensorBytes(rest, x.dtype);
  const byteOffset = x.byteOffset + start * rowBytes;
  invariant(
    byteOffset % bindingAlignment === 0,
    `${x.label}: row ${start} is not on a ${bindingAlignment}-byte boundary`,
  );
  return { ...x, shape: [count, ...rest], byteOffset, byteLength: tensorBytes([count, ...rest], x.dtype) };
}

/** Sizes of a tensor seen as a matrix: the last axis, and everything before it. */
export function matrixShape(x: Tensor): [rows: number, columns: number] {
  const columns = x.shape.at(-1);
  invariant(columns !== undefined, `${x.label} has no axis`);
  return [elementCount(x.shape) / columns, columns];
}
