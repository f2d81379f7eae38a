// A linear layer: for every part of its matrix the kernel that suits the shape.

import { invariant } from '../../errors.ts';
import type { Dispatch } from '../../gpu/kernel.ts';
import type { KernelSettings } from '../../gpu/kernel-settings.ts';
import type { Matrix } from '../../gpu/matrix.ts';
import { matrixShape, type Tensor } from '../../gpu/tensor.ts';
import { chooseLinear, isMatvec, type LinearVariant, type MatvecVariant } from '../choose.ts';
import type { FewRowsOptions, Norm } from './few-rows.ts';
import { manyRows } from './many-rows-variant.ts';
import type { LinearOptions as ProductOptions } from './many-rows.ts';
import { matvecRows } from './matvec-rows.ts';
import { matvecSpread } from './matvec-spread.ts';
import { matvecPacked } from './matvec-packed.ts';
import { matvecSplit } from './matvec-split.ts';
import { matvecSubgroup } from './matvec-subgroup.ts';
import { matvec } from './matvec.ts';
import { rmsNorm } from '../rows/rms-norm.ts';
import { weightSlices, type WeightSlice } from './weight-slice.ts';

export interface LinearOptions extends ProductOptions {
  /** The first of the N rows of the matrix to use, one part of a fused matrix; default 0. */
  readonly weightRow?: number;
  /** u32 [position, stopped]: a layer of few rows may leave y as it is once `stopped` is not 0. */
  readonly cursor?: Tensor | undefined;
}

/** y [rows, N] = x [rows, K] weight [N, K]^T + bias. N is y's last axis. */
export function linear(
  kernels: KernelSettings,
  x: Tensor,
  matrix: Matrix,
  y: Tensor,
  { weightRow = 0, cursor, ...options }: LinearOptions = {},
): Dispatch[] {
  return variants(kernels, x, matrix, y, weightRow).flatMap(({ slice, variant }) =>
    isMatvec(variant)
      ? [fewRowsVariant(kernels, variant, x, slice, y, { ...options, cursor })]
      : manyRows(kernels, variant, x, slice, y, options),
  );
}

/**
 * y = norm(x) weight^T + bias. Kernels for few rows norm x as they read it; the others read `normed`, which has the shape
 * of x and is written before. Without a norm the same as `linear`.
 */
export function normedLinear(
  kernels: KernelSettings,
  x: Tensor,
  norm: Norm | null,
  matrix: Matrix,
  y: Tensor,
  normed: Tensor,
  options: LinearOptions = {},
): Dispatch[] {
  if (!norm) return linear(kernels, x, matrix, y, options);
  const { weightRow = 0, ...rest } = options;
  const list = variants(kernels, x, matrix, y, weightRow).flatMap(({ slice, variant }) =>
    normsItself(variant) ? [fewRowsVariant(kernels, variant, x, slice, y, { ...rest, norm })] : [],
  );
  // All parts or none: a part that does not norm x itself needs the normed rows anyway.
  if (list.length === weightSlices(matrix, weightRow, matrixShape(y)[1]).length) return list;
  return [rmsNorm(x, norm.weight, normed, norm.eps), ...linear(kernels, normed, matrix, y, options)];
}

/** Whether the kernel can norm x while it reads it. */
export function normsItself(
  variant: LinearVariant,
): variant is Exclude<MatvecVariant, 'matvec' | 'matvec-rows'> {
  return isMatvec(variant) && variant !== 'matvec' && variant !== 'matvec-rows';
}

/** A part of a linear layer by one of the kernels for few rows. */
export function fewRowsVariant(
  { capabilities: { subgroupSize } }: KernelSettings,
  variant: MatvecVariant,
  x: Tensor,
  slice: WeightSlice,
  y: Tensor,
  options: FewRowsOptions,
): Dispatch {
  const half = variant.endsWith('-half');
  switch (variant) {
    case 'matvec':
      invariant(!options.norm, 'matvec reads x as it is');
      return matvec(x, slice, y, options);
    case 'matvec-rows':
      invariant(!options.norm, 'matvec-rows reads x as it is');
      return matvecRows(x, slice, y, options);
    case 'matvec-split':
    case 'matvec-split-half':
      return matvecSplit(x, slice, y, { ...options, half });
    case 'matvec-packed':
      invariant(subgroupSize !== null, `${variant} needs subgroups of one size`);
      return matvecPacked(subgroupSize, x, slice, y, options);
    case 'matvec-spread':
      invariant(subgroupSize !== null, `${variant} needs subgroups of one size`);
      return matvecSpread(subgroupSize, x, slice, y, options);
    case 'matvec-subgroup':
    case 'matvec-subgroup-half':
      invariant(subgroupSize !== null, `${variant} needs subgroups of one size`);
      return matvecSubgroup(subgroupSize, x, slice, y, { ...options, half });
  }
}

function variants(
  kernels: KernelSettings,
  x: Tensor,
  matrix: Matrix,
  y: Tensor,
  weightRow: number,
): { slice: WeightSlice; variant: LinearVariant }[] {
  const [rows] = matrixShape(x);
  const [, columns] = matrixShape(y);
  const slices = weightSlices(matrix, weightRow, columns);
  invariant(slices.length > 0, `${matrix.label} has no parts for ${columns} rows`);
  return slices.map((slice) => ({
    slice,
    variant: chooseLinear(kernels, {
      op: 'linear',
      rows,
      columns: slice.rows,
      k: matrix.columns,
      format: matrix.format,
      inFours: inFours(slice, columns),
    }),
  }));
}

/** matmul stores four columns at once. */
function inFours(slice: WeightSlice, yStride: number): boolean {
  return slice.rows % 4 === 0 && slice.yColumn % 4 === 0 && yStride % 4 === 0;
}
