// Linear layers of a few rows on GPUs that read each weight once for all of them.

import { invariant } from '../../errors.ts';
import type { Dispatch } from '../../gpu/kernel.ts';
import { matrixShape, type Tensor } from '../../gpu/tensor.ts';
import body from '../../../shaders/matvec-rows.wgsl?raw';
import fewRows from '../../../shaders/shared/few-rows.wgsl?raw';
import fewRowsParamsSource from '../../../shaders/shared/few-rows-params.wgsl?raw';
import gelu from '../../../shaders/shared/gelu.wgsl?raw';
import half from '../../../shaders/shared/half.wgsl?raw';
import quadF16 from '../../../shaders/shared/quad-f16.wgsl?raw';
import quadF32 from '../../../shaders/shared/quad-f32.wgsl?raw';
import rowShares from '../../../shaders/shared/row-shares.wgsl?raw';
import plain from '../../../shaders/shared/rows-plain.wgsl?raw';
import q4 from '../../../shaders/shared/rows-q4.wgsl?raw';
import q8 from '../../../shaders/shared/rows-q8.wgsl?raw';
import tile64 from '../../../shaders/shared/tile64.wgsl?raw';
import { mostRowsTogether } from '../choose.ts';
import {
  columnsMade,
  fewRowsDispatch,
  fewRowsParams,
  fewRowsSlots,
  type FewRowsOptions,
} from './few-rows.ts';
import { weightKernels } from './weight-formats.ts';
import type { WeightSlice } from './weight-slice.ts';

const common = gelu + fewRowsParamsSource + fewRows + rowShares;
const inTiles = common + half + tile64;

export const matvecRowsKernels = weightKernels(
  { name: 'matvec-rows', source: body, slots: fewRowsSlots, params: fewRowsParams },
  {
    f32: common + quadF32 + plain,
    f16: common + quadF16 + plain,
    q8: inTiles + q8,
    q4: inTiles + q4,
  },
);

/** y [rows, N] = x [rows, K] slice [N, K]^T + bias, in the slice's columns of y; any N, at most eight rows. x is not normed. */
export function matvecRows(
  x: Tensor,
  slice: WeightSlice,
  y: Tensor,
  options: Omit<FewRowsOptions, 'norm'> = {},
): Dispatch {
  const [rows] = matrixShape(x);
  invariant(rows <= mostRowsTogether, `${x.label} has ${rows} rows, more than ${mostRowsTogether}`);
  const { format } = slice.matrix;
  const lanes = lanesFor(slice, options.gateRow !== undefined);
  const shape = {
    kernel: matvecRowsKernels[format],
    made: columnsMade(lanes, options),
    constants: { ROWS: rows, LANES: lanes },
    allRows: true,
  };
  return fewRowsDispatch(shape, x, slice, y, options);
}

/** Workgroups for every core where there are few rows of weight; elsewhere x, which each of them reads, is read less often. */
function lanesFor({ matrix, rows }: WeightSlice, gated: boolean): number {
  if (matrix.format === 'f32' || matrix.format === 'f16') return 8;
  return (gated ? 2 * rows : rows) <= 16384 ? 8 : 16;
}
