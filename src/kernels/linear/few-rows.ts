// What the kernels for linear layers of few rows have in common: how they read weights, and how a dispatch is made.

import { invariant } from '../../errors.ts';
import { ceilDiv, dispatch, type Dispatch, type Kernel } from '../../gpu/kernel.ts';
import type { WeightFormat } from '../../gpu/matrix.ts';
import { matrixShape, type Tensor } from '../../gpu/tensor.ts';
import codes from '../../../shaders/shared/codes.wgsl?raw';
import codesNormalized from '../../../shaders/shared/codes-normalized.wgsl?raw';
import fewRows from '../../../shaders/shared/few-rows.wgsl?raw';
import fewRowsParamsSource from '../../../shaders/shared/few-rows-params.wgsl?raw';
import gelu from '../../../shaders/shared/gelu.wgsl?raw';
import half from '../../../shaders/shared/half.wgsl?raw';
import halfBlock from '../../../shaders/shared/half-block.wgsl?raw';
import q4 from '../../../shaders/shared/block-sums-q4.wgsl?raw';
import q4Half from '../../../shaders/shared/block-sums-q4-half.wgsl?raw';
import q8 from '../../../shaders/shared/block-sums-q8.wgsl?raw';
import q8Half from '../../../shaders/shared/block-sums-q8-half.wgsl?raw';
import sumsInRows from '../../../shaders/shared/sums-in-rows.wgsl?raw';
import sumsInTiles from '../../../shaders/shared/sums-in-tiles.wgsl?raw';
import tile64 from '../../../shaders/shared/tile64.wgsl?raw';
import f16 from '../../../shaders/shared/weight-f16.wgsl?raw';
import f32 from '../../../shaders/shared/weight-f32.wgsl?raw';
import type { LinearOptions } from './matmul.ts';
import { weightTensors, type WeightSlice } from './weight-slice.ts';

const common = gelu + fewRowsParamsSource + fewRows;
const inTiles = common + half + tile64 + sumsInTiles;

const inRows = { f32: common + f32 + sumsInRows, f16: common + f16 + sumsInRows } as const;

/** What goes in front of a body that makes four sums at a time. */
export const sumReaders = { ...inRows, q8: inTiles + codes + q8, q4: inTiles + codes + q4 } as const;

/** The same with codes unpacked as processors do it best. */
export const processorSumReaders = {
  ...inRows,
  q8: inTiles + codesNormalized + q8,
  q4: inTiles + codesNormalized + q4,
} as const;

/** The same with sums in f16 inside a block. */
export const halfSumReaders = {
  'half-q8': inTiles + halfBlock + q8Half,
  'half-q4': inTiles + halfBlock + q4Half,
} as const;

export const fewRowsSlots = {
  x: 'read',
  weight: 'read',
  scales: 'read',
  bias: 'read',
  normWeight: 'read',
  cursor: 'read',
  y: 'read-write',
} as const;

export const fewRowsParams = {
  columns: 'u32',
  weightRow: 'u32',
  gateRow: 'u32',
  biasRow: 'u32',
  yRow: 'u32',
  yStride: 'u32',
  yColumn: 'u32',
  eps: 'f32',
} as const;

export type FewRowsKernel = Kernel<keyof typeof fewRowsSlots, keyof typeof fewRowsParams>;

/** A kernel that has its params compiled in. */
export type PlacedKernel = Kernel<keyof typeof fewRowsSlots, never>;

/** The weight and eps of a root-mean-square norm. */
export interface Norm {
  readonly weight: Tensor;
  readonly eps: number;
}

/** What a linear layer of few rows may be asked for besides the product. */
export interface FewRowsOptions extends LinearOptions {
  /** Norms the rows of x before the product. */
  readonly norm?: Norm | undefined;
  /**
   * y = silu(gate) * value: the slice makes the value, and the rows of the same part from this one on the gate. Not
   * together with a bias.
   */
  readonly gateRow?: number | undefined;
  /** [position, stopped]: nothing is computed once `stopped` is not 0. */
  readonly cursor?: Tensor | undefined;
}

/** How a kernel divides its work. */
export interface FewRowsShape {
  readonly kernel: FewRowsKernel | PlacedKernel;
  /** Columns of y that a workgroup makes. */
  readonly made: number;
  readonly constants: Readonly<Record<string, number | boolean>>;
  /** Whether a workgroup makes its columns of all rows of y; else of one. */
  readonly allRows?: boolean;
}

/** Sums in f16 inside a block of quantised weights, which needs the feature f16; other weights are summed in f32. */
export interface HalfSums {
  readonly half?: boolean;
}

/** The kernel for a format, of those that sum in f32 and those that sum in f16. */
export function fewRowsKernel(
  format: WeightFormat,
  half: boolean,
  whole: Readonly<Record<WeightFormat, FewRowsKernel>>,
  halves: Readonly<Record<keyof typeof halfSumReaders, FewRowsKernel>>,
): FewRowsKernel {
  return half && (format === 'q8' || format === 'q4') ? halves[`half-${format}`] : whole[format];
}

/** y [rows, N] = x [rows, K] slice [N, K]^T + bias, in the slice's columns of y; any N, few rows. */
export function fewRowsDispatch(
  { kernel, made, constants, allRows = false }: FewRowsShape,
  x: Tensor,
  slice: WeightSlice,
  y: Tensor,
  options: FewRowsOptions,
): Dispatch {
  const [rows, k] = matrixShape(x);
  const [yRows, yStride] = matrixShape(y);
  const { matrix, part, rows: columns, row: weightRow, biasRow, yColumn } = slice;
  const { bias, gelu: withGelu = false, accumulate = false, yRow = 0, norm, gateRow, cursor } = options;
  invariant(
    matrix.columns === k && k % 4 === 0,
    `${matrix.label} has ${matrix.columns} columns, ${x.label} ${k}`,
  );
  invariant(yRow + rows <= yRows, `${y.label} has ${yRows} rows, needs ${yRow + rows}`);
  const gated = gateRow !== undefined;
  invariant(
    !gated || (!bias && gateRow + columns <= part.rows),
    `${matrix.label}: no gate at row ${gateRow}`,
  );
  const place = {
    columns,
    weightRow,
    gateRow: gateRow ?? 0,
    biasRow,
    yRow,
    yStride,
    yColumn,
    eps: norm?.eps ?? 0,
  };
  const use = {
    tensors: {
      x,
      ...weightTensors(part),
      bias: bias ?? x,
      normWeight: norm?.weight ?? x,
      cursor: cursor ?? x,
      y,
    },
    constants: {
      ...constants,
      K4: k / 4,
      BIAS: bias !== undefined,
      GELU: withGelu,
      ACCUMULATE: accumulate,
      NORMED: norm !== undefined,
      GATED: gated,
      STOPPABLE: cursor !== undefined,
    },
    workgroups: [ceilDiv(columns, made), allRows ? 1 : rows] as const,
    cost: rows * columns * k * (gated ? 2 : 1),
  };
  if (!isPlaced(kernel))
    return dispatch(kernel, { ...use, constants: { PAIRS: false, ...use.constants }, params: place });
  return dispatch(kernel, { ...use, constants: { ...use.constants, ...placeConstants(place) }, params: {} });
}

function isPlaced(kernel: FewRowsKernel | PlacedKernel): kernel is PlacedKernel {
  return Object.keys(kernel.params).length === 0;
}

/** The constants of shaders/shared/few-rows-constants.wgsl. */
function placeConstants(place: Readonly<Record<keyof typeof fewRowsParams, number>>) {
  return {
    COLUMNS: place.columns,
    WEIGHT_ROW: place.weightRow,
    GATE_ROW: place.gateRow,
    BIAS_ROW: place.biasRow,
    Y_ROW: place.yRow,
    Y_STRIDE: place.yStride,
    Y_COLUMN: place.yColumn,
    EPS: place.eps,
  };
}

/** Columns of y that a workgroup makes with so many lanes of four rows of weight. */
export function columnsMade(lanes: number, { gateRow }: FewRowsOptions): number {
  return lanes * (gateRow === undefined ? 4 : 2);
}

/**
 * Lanes for kernels that divide rows among the invocations of a workgroup: few where there are few rows, so that there are
 * workgroups for every core; more where x, which every workgroup reads, would cost as much as the weights.
 */
export function lanesFor({ matrix, rows }: WeightSlice, gated: boolean): number {
  if (matrix.format === 'f32' || matrix.format === 'f16') return 8;
  const weightRows = gated ? 2 * rows : rows;
  if (weightRows <= 8192) return 8;
  return weightRows <= 65536 ? 16 : 32;
}
