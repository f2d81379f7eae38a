// Cuts a matrix by rows so that every piece fits the buffers and bindings of a device. Pure.

import { Molmo2Error } from '../../errors.ts';
import { matrixBytes, rowAlignment, type WeightFormat } from './formats.ts';

export interface BufferLimits {
  readonly maxBufferSize: number;
  readonly maxStorageBufferBindingSize: number;
}

/** Rows of a matrix that get a buffer of their own, codes, then scales, which could be bound as a whole. */
export interface PartPlan {
  readonly firstRow: number;
  readonly rows: number;
  readonly codeBytes: number;
  readonly scaleBytes: number;
}

/**
 * As few parts as the limits allow, cut at multiples of 128 rows and about equally long. Throws `out-of-memory` when not
 * even 128 rows fit.
 */
export function matrixParts(
  rows: number,
  columns: number,
  format: WeightFormat,
  limits: BufferLimits,
): PartPlan[] {
  const step = matrixBytes(format, Math.min(rows, rowAlignment), columns);
  const limit = Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize);
  const perPart = Math.floor(limit / step.byteLength);
  if (perPart < 1)
    throw new Molmo2Error(
      'out-of-memory',
      `${rowAlignment} rows of ${columns} weights in ${format} take ${step.byteLength} bytes, but this GPU allows buffers of ${limits.maxBufferSize} and bindings of ${limits.maxStorageBufferBindingSize}. Use a smaller model.`,
    );
  const steps = Math.ceil(rows / rowAlignment);
  const rowsEach = Math.ceil(steps / Math.ceil(steps / perPart)) * rowAlignment;
  const parts: PartPlan[] = [];
  for (let firstRow = 0; firstRow < rows; firstRow += rowsEach) {
    const count = Math.min(rowsEach, rows - firstRow);
    const { codeBytes, scaleBytes } = matrixBytes(format, count, columns);
    parts.push({ firstRow, rows: count, codeBytes, scaleBytes });
  }
  return parts;
}
