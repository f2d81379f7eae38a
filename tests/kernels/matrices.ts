// Matrices of kernel tests: values stored in a format, in parts, on the GPU; and what the stored form is worth.

import type { Matrix, WeightFormat } from '../../src/gpu/matrix.ts';
import { decodeMatrix, encodeMatrix, encodeRows } from '../../src/weights/formats/formats.ts';
import type { GpuHarness } from './gpu-harness.ts';

export const weightFormats: readonly WeightFormat[] = ['f32', 'f16', 'q8', 'q4'];

/** The matrix on the GPU, cut after every `partRows` rows (a multiple of 128). */
export function matrixOf(
  gpu: GpuHarness,
  format: WeightFormat,
  values: Float32Array,
  rows: number,
  columns: number,
  partRows = Math.ceil(rows / 128) * 128,
): Matrix {
  const parts = [];
  for (let firstRow = 0; firstRow < rows; firstRow += partRows) {
    const count = Math.min(partRows, rows - firstRow);
    const own = values.slice(firstRow * columns, (firstRow + count) * columns);
    const { codes, scales } = encodeRows(format, own, count, columns);
    const words = (bytes: Uint8Array<ArrayBuffer>) => new Uint32Array(bytes.buffer);
    const label = `weight from row ${firstRow}`;
    parts.push({
      firstRow,
      rows: count,
      values:
        format === 'f32'
          ? gpu.input(label, [count, columns], own)
          : gpu.input(label, [codes.byteLength / 4], words(codes)),
      scales:
        scales.byteLength === 0
          ? null
          : gpu.input(`${label}, scales`, [scales.byteLength / 4], words(scales)),
    });
  }
  return { label: 'weight', format, rows, columns, parts };
}

/** The values that kernels see: stored and read back. */
export function storedValues(
  format: WeightFormat,
  values: Float32Array,
  rows: number,
  columns: number,
): Float32Array {
  return decodeMatrix(format, encodeMatrix(format, values, rows, columns), rows, columns);
}

/** The shape of a matrix without its values, for tests that only look at shapes. */
export function matrixShapeOnly(rows: number, columns: number, partRows = rows): Matrix {
  const values = {
    label: 'weight',
    shape: [],
    dtype: 'u32',
    buffer: {} as GPUBuffer,
    byteOffset: 0,
    byteLength: 0,
  } as const;
  const parts = [];
  for (let firstRow = 0; firstRow < rows; firstRow += partRows)
    parts.push({ firstRow, rows: Math.min(partRows, rows - firstRow), values, scales: values });
  return { label: 'weight', format: 'q4', rows, columns, parts };
}
