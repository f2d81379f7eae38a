// What the kernels for linear layers of many rows have in common: slots, parameters, and how a dispatch is made.

import { invariant } from '../../errors.ts';
import { ceilDiv, dispatch, type Dispatch, type Kernel } from '../../gpu/kernel.ts';
import { matrixShape, type Tensor } from '../../gpu/tensor.ts';
import endsConstants from '../../../shaders/shared/ends-constants.wgsl?raw';
import endsParams from '../../../shaders/shared/ends-params.wgsl?raw';
import gelu from '../../../shaders/shared/gelu.wgsl?raw';
import quads from '../../../shaders/shared/matmul-quads.wgsl?raw';
import epilogue from '../../../shaders/shared/quad-epilogue.wgsl?raw';
import { weightTensors, type WeightSlice } from './weight-slice.ts';

/** What a kernel for GPUs does with quads of sums. */
export const quadEnds = gelu + endsConstants + epilogue;

/** What goes in front of a body that makes quads of y. */
export const quadSource = quadEnds + quads;

/** The same for processors: one pipeline for every end of a sum. */
export const processorQuadSource = gelu + endsParams + epilogue + quads;

export const manyRowsSlots = {
  x: 'read',
  weight: 'read',
  scales: 'read',
  bias: 'read',
  y: 'read-write',
} as const;

export const manyRowsParams = {
  rows: 'u32',
  columns: 'u32',
  k4: 'u32',
  weightRow: 'u32',
  gateRow: 'u32',
  biasRow: 'u32',
  yRow: 'u32',
  yStride2: 'u32',
  yColumn2: 'u32',
  parts: 'u32',
  ends: 'u32',
} as const;

export type ManyRowsKernel = Kernel<keyof typeof manyRowsSlots, keyof typeof manyRowsParams>;

export interface LinearOptions {
  /** Added to every row; indexed like the rows of the matrix. */
  readonly bias?: Tensor | undefined;
  readonly gelu?: boolean;
  /** Adds to what y holds instead of replacing it. */
  readonly accumulate?: boolean;
  /** First row of y to write; default 0. */
  readonly yRow?: number;
}

export interface ManyRowsOptions extends LinearOptions {
  /** The row of the part that makes the gate of the slice's first row: y = silu(gate) * value, without anything else. */
  readonly gateRow?: number | undefined;
}

/** Rows and quads of y that a workgroup makes. */
export interface OutputTile {
  readonly rows: number;
  readonly quads: number;
}

/** What a dispatch for many rows is told besides its tensors. */
export interface ManyRowsUse {
  readonly rows: number;
  /** Quads in a row of the slice's columns. */
  readonly quads: number;
  readonly bias: Tensor | undefined;
  readonly constants: Readonly<Record<'BIAS' | 'GELU' | 'ACCUMULATE' | 'GATED', boolean>>;
  readonly params: Readonly<Record<keyof typeof manyRowsParams, number>>;
  readonly cost: number;
}

/** Checks the shapes of a product; all sizes but the rows are multiples of 4. */
export function manyRowsUse(x: Tensor, slice: WeightSlice, y: Tensor, options: ManyRowsOptions): ManyRowsUse {
  const [rows, k] = matrixShape(x);
  const [yRows, stride] = matrixShape(y);
  const { matrix, part, rows: columns, row: weightRow, biasRow, yColumn } = slice;
  const { bias, gelu: withGelu = false, accumulate = false, yRow = 0, gateRow } = options;
  const gated = gateRow !== undefined;
  invariant(matrix.columns === k, `${matrix.label} has ${matrix.columns} columns, ${x.label} ${k}`);
  invariant(yRow + rows <= yRows, `${y.label} has ${yRows} rows, needs ${yRow + rows}`);
  invariant(
    [columns, k, stride, yColumn].every((size) => size % 4 === 0),
    `${matrix.label}: ${columns} x ${k} into columns ${yColumn} of ${stride} are not multiples of 4`,
  );
  invariant(!gated || !(bias || withGelu || accumulate), 'a gated product has no bias, GELU or sum');
  invariant(
    !gated || gateRow + columns <= part.rows,
    `${matrix.label}: the part has ${part.rows} rows, the gate needs ${(gateRow ?? 0) + columns}`,
  );
  return {
    rows,
    quads: columns / (gated ? 2 : 4),
    bias,
    constants: {
      BIAS: bias !== undefined,
      GELU: withGelu,
      ACCUMULATE: accumulate,
      GATED: gated,
    },
    params: {
      rows,
      columns,
      k4: k / 4,
      weightRow,
      gateRow: gateRow ?? 0,
      biasRow,
      yRow,
      yStride2: stride / 2,
      yColumn2: yColumn / 2,
      parts: 1,
      ends: Number(bias !== undefined) + 2 * Number(withGelu) + 4 * Number(accumulate) + 8 * Number(gated),
    },
    cost: rows * columns * k * (gated ? 2 : 1),
  };
}

/** One use of a processor's kernel for many rows. */
export function manyRows(
  kernel: ManyRowsKernel,
  tile: OutputTile,
  x: Tensor,
  slice: WeightSlice,
  y: Tensor,
  options: ManyRowsOptions,
): Dispatch {
  const use = manyRowsUse(x, slice, y, options);
  return dispatch(kernel, {
    tensors: { x, ...weightTensors(slice.part), bias: use.bias ?? x, y },
    params: use.params,
    workgroups: tilesOf(tile, use),
    cost: use.cost,
  });
}

/** Workgroups across and down. */
export function tilesOf(tile: OutputTile, { quads, rows }: ManyRowsUse): [x: number, y: number] {
  return [ceilDiv(quads, tile.quads), ceilDiv(rows, tile.rows)];
}
