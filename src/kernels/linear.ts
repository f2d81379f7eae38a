// A linear layer: for every part of its matrix the kernel that suits the shape.

import { invariant } from '../errors.ts';
import type { Dispatch } from '../gpu/kernel.ts';
import type { Matrix } from '../gpu/matrix.ts';
import { matrixShape, type Tensor } from '../gpu/tensor.ts';
import { chooseLinear } from './choose.ts';
import { matmul, type LinearOptions } from './matmul.ts';
import { matvec } from './matvec.ts';
import type { KernelSettings } from '../gpu/kernel-settings.ts';
import { weightSlices, type WeightSlice } from './weight-slice.ts';

/**
 * y [rows, N] = x [rows, K] weight [N, K]^T + bias. N is y's last axis; `weightRow` is the first of the N rows of the
 * matrix to use, one part of a fused matrix (default 0).
 */
export function linear(
  kernels: KernelSettings,
  x: Tensor,
  matrix: Matrix,
  y: Tensor,
  { weightRow = 0, ...options }: LinearOptions & { readonly weightRow?: number } = {},
): Dispatch[] {
  const [rows] = matrixShape(x);
  const [, columns] = matrixShape(y);
  const slices = weightSlices(matrix, weightRow, columns);
  invariant(slices.length > 0, `${matrix.label} has no parts for ${columns} rows`);
  return slices.map((slice) => {
    const work = {
      op: 'linear',
      rows,
      columns: slice.rows,
      k: matrix.columns,
      format: matrix.format,
      inFours: inFours(slice, columns),
    } as const;
    return chooseLinear(kernels, work) === 'matvec'
      ? matvec(x, slice, y, options)
      : matmul(x, slice, y, options);
  });
}

/** matmul stores four columns at once. */
function inFours(slice: WeightSlice, yStride: number): boolean {
  return slice.rows % 4 === 0 && slice.yColumn % 4 === 0 && yStride % 4 === 0;
}
