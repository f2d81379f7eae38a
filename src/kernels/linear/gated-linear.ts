// The first half of a gated MLP: silu(gate) * value, where one matrix holds the rows of both.

import { invariant } from '../../errors.ts';
import type { Dispatch } from '../../gpu/kernel.ts';
import type { KernelSettings } from '../../gpu/kernel-settings.ts';
import type { Matrix } from '../../gpu/matrix.ts';
import { matrixShape, type Tensor } from '../../gpu/tensor.ts';
import { chooseLinear, isMatvec } from '../choose.ts';
import type { Norm } from './few-rows.ts';
import { gatedSilu } from '../rows/gated-silu.ts';
import { fewRowsVariant, normedLinear, normsItself } from './linear.ts';
import { manyRows } from './many-rows-variant.ts';
import { rmsNorm } from '../rows/rms-norm.ts';
import { weightSlices } from './weight-slice.ts';

export interface GatedScratch {
  readonly normed: Tensor; // [rows, K]
  readonly fused: Tensor; // [rows, 2 I]
}

/**
 * hidden [rows, I] = silu(gate) * value, for rows of x [rows, K] that are normed first unless `norm` is null. Rows 0 .. I-1
 * of the matrix make the value, I .. 2I-1 the gate. One dispatch does it all where there are few rows, the kernel can, and
 * value and gate lie in one part of the matrix; `scratch` holds what is between the steps otherwise.
 */
export function gatedLinear(
  kernels: KernelSettings,
  x: Tensor,
  norm: Norm | null,
  matrix: Matrix,
  hidden: Tensor,
  scratch: GatedScratch,
  { cursor }: { readonly cursor?: Tensor | undefined } = {},
): Dispatch[] {
  const [rows, k] = matrixShape(x);
  const [, width] = matrixShape(hidden);
  invariant(matrix.rows === 2 * width, `${matrix.label} has ${matrix.rows} rows, needs ${2 * width}`);
  const work = { op: 'linear', rows, columns: 2 * width, k, format: matrix.format, inFours: true } as const;
  const variant = chooseLinear(kernels, work);
  const [slice, ...others] = weightSlices(matrix, 0, width);
  const inOnePart = slice && others.length === 0 && slice.part.rows === matrix.rows;
  if (isMatvec(variant) && inOnePart) {
    if (!norm || normsItself(variant))
      return [
        fewRowsVariant(kernels, variant, x, slice, hidden, {
          norm: norm ?? undefined,
          gateRow: width,
          cursor,
        }),
      ];
    return [
      rmsNorm(x, norm.weight, scratch.normed, norm.eps),
      fewRowsVariant(kernels, variant, scratch.normed, slice, hidden, { gateRow: width, cursor }),
    ];
  }
  if (!isMatvec(variant) && inOnePart) {
    const many = (rowsOfX: Tensor) => manyRows(kernels, variant, rowsOfX, slice, hidden, { gateRow: width });
    return norm ? [rmsNorm(x, norm.weight, scratch.normed, norm.eps), ...many(scratch.normed)] : many(x);
  }
  const { fused } = scratch;
  return [
    ...normedLinear(kernels, x, norm, matrix, fused, scratch.normed, { cursor }),
    gatedSilu({ of: fused, column: width }, { of: fused, column: 0 }, hidden),
  ];
}
