// Linear layers of few rows over quantised weights on large GPUs: few rows a lane, and many workgroups.

import type { Dispatch } from '../../gpu/kernel.ts';
import type { Tensor } from '../../gpu/tensor.ts';
import body from '../../../shaders/matvec-spread.wgsl?raw';
import fewRows from '../../../shaders/shared/few-rows.wgsl?raw';
import constants from '../../../shaders/shared/few-rows-constants.wgsl?raw';
import gelu from '../../../shaders/shared/gelu.wgsl?raw';
import half from '../../../shaders/shared/half.wgsl?raw';
import q4 from '../../../shaders/shared/spread-q4.wgsl?raw';
import q8 from '../../../shaders/shared/spread-q8.wgsl?raw';
import tile64 from '../../../shaders/shared/tile64.wgsl?raw';
import { fewRowsDispatch, fewRowsSlots, type FewRowsOptions } from './few-rows.ts';
import { weightKernels } from './weight-formats.ts';
import type { WeightSlice } from './weight-slice.ts';

/** What goes in front of a body that reads tiles of quantised weights itself and has its params compiled in. */
export const placedTiles = gelu + constants + fewRows + half + tile64;

export const matvecSpreadKernels = weightKernels(
  { name: 'matvec-spread', source: body, slots: fewRowsSlots, params: {}, features: ['subgroups'] },
  { q4: placedTiles + q4, q8: placedTiles + q8 },
);

/** Lanes along rows, rows of weight of a lane, and invocations of a workgroup: from the sweep in bench/LOG.md. */
interface SpreadShape {
  readonly lanes: number;
  readonly rows: 2 | 4;
  readonly invocations: number;
}

export function spreadShape(weightRows: number): SpreadShape {
  if (weightRows <= 8192) return { lanes: 8, rows: 2, invocations: 256 };
  if (weightRows <= 65536) return { lanes: 8, rows: 4, invocations: 128 };
  return { lanes: 16, rows: 4, invocations: 128 };
}

/**
 * y [rows, N] = x [rows, K] slice [N, K]^T + bias, in the slice's columns of y; any N, few rows, weights in q4 or q8. All
 * subgroups have `subgroupSize` invocations.
 */
export function matvecSpread(
  subgroupSize: number,
  x: Tensor,
  slice: WeightSlice,
  y: Tensor,
  options: FewRowsOptions = {},
): Dispatch {
  const { format } = slice.matrix;
  const kernel = matvecSpreadKernels[format === 'q8' ? 'q8' : 'q4'];
  const gated = options.gateRow !== undefined;
  const { lanes, rows, invocations } = spreadShape(gated ? 2 * slice.rows : slice.rows);
  const LANES = Math.min(lanes, subgroupSize);
  const constants = { S: subgroupSize, W: Math.max(invocations, subgroupSize), ROWS: rows, LANES };
  const shape = { kernel, made: LANES * (gated ? rows / 2 : rows), constants };
  return fewRowsDispatch(shape, x, slice, y, options);
}
