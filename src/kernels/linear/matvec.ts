// Linear layers of few rows on processors: every invocation works alone.

import type { Dispatch } from '../../gpu/kernel.ts';
import type { Tensor } from '../../gpu/tensor.ts';
import source from '../../../shaders/matvec.wgsl?raw';
import {
  columnsMade,
  fewRowsDispatch,
  fewRowsParams,
  fewRowsSlots,
  processorSumReaders,
  type FewRowsOptions,
} from './few-rows.ts';
import { weightKernels } from './weight-formats.ts';
import type { WeightSlice } from './weight-slice.ts';

export const matvecKernels = weightKernels(
  { name: 'matvec', source, slots: fewRowsSlots, params: fewRowsParams },
  processorSumReaders,
);

/** y [rows, N] = x [rows, K] slice [N, K]^T + bias, in the slice's columns of y; any N, few rows. x is not normed. */
export function matvec(
  x: Tensor,
  slice: WeightSlice,
  y: Tensor,
  options: Omit<FewRowsOptions, 'norm'> = {},
): Dispatch {
  // An invocation's rows follow each other, in pairs that share a word of scales unless they begin with an odd one.
  const PAIRS = slice.row % 2 === 0 && (options.gateRow ?? 0) % 2 === 0;
  const shape = {
    kernel: matvecKernels[slice.matrix.format],
    made: columnsMade(32, options),
    constants: { LANES: 1, PAIRS },
  };
  return fewRowsDispatch(shape, x, slice, y, options);
}
