// Linear layers of few rows on GPUs: the invocations of a workgroup share rows and meet in workgroup memory.

import type { Dispatch } from '../../gpu/kernel.ts';
import type { Tensor } from '../../gpu/tensor.ts';
import body from '../../../shaders/matvec-split.wgsl?raw';
import rowParts from '../../../shaders/shared/row-parts.wgsl?raw';
import {
  columnsMade,
  fewRowsDispatch,
  fewRowsKernel,
  fewRowsParams,
  fewRowsSlots,
  halfSumReaders,
  lanesFor,
  sumReaders,
  type FewRowsOptions,
  type HalfSums,
} from './few-rows.ts';
import { weightKernels } from './weight-formats.ts';
import type { WeightSlice } from './weight-slice.ts';

const kernel = { name: 'matvec-split', source: rowParts + body, slots: fewRowsSlots, params: fewRowsParams };

export const matvecSplitKernels = weightKernels(kernel, sumReaders);

/** Sums in f16 inside a block of 32 columns; for quantised weights. */
export const matvecSplitHalfKernels = weightKernels({ ...kernel, features: ['f16'] }, halfSumReaders);

/** y [rows, N] = x [rows, K] slice [N, K]^T + bias, in the slice's columns of y; any N, few rows. */
export function matvecSplit(
  x: Tensor,
  slice: WeightSlice,
  y: Tensor,
  { half = false, ...options }: FewRowsOptions & HalfSums = {},
): Dispatch {
  const lanes = lanesFor(slice, options.gateRow !== undefined);
  const kernel = fewRowsKernel(slice.matrix.format, half, matvecSplitKernels, matvecSplitHalfKernels);
  return fewRowsDispatch(
    { kernel, made: columnsMade(lanes, options), constants: { LANES: lanes } },
    x,
    slice,
    y,
    options,
  );
}
