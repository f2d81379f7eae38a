// The gate of an MLP.

import { ceilDiv, defineKernel, dispatch, foldedWorkgroups, type Dispatch } from '../../gpu/kernel.ts';
import { matrixShape, type Tensor } from '../../gpu/tensor.ts';
import source from '../../../shaders/gated-silu.wgsl?raw';

export const gatedSiluKernel = defineKernel({
  name: 'gated-silu',
  source,
  slots: { gate: 'read', value: 'read', y: 'read-write' },
  params: {
    rows: 'u32',
    width4: 'u32',
    gateStride4: 'u32',
    gateColumn4: 'u32',
    valueStride4: 'u32',
    valueColumn4: 'u32',
  },
});

/** Columns of a matrix: all of them, or a half of a fused one that begins at `column`. */
export interface Columns {
  readonly of: Tensor;
  readonly column: number;
}

/** y [rows, I] = silu(gate) * value; both are I columns of a matrix, from the given column on. */
export function gatedSilu(gate: Columns, value: Columns, y: Tensor): Dispatch {
  const [rows, width] = matrixShape(y);
  const [, gateStride] = matrixShape(gate.of);
  const [, valueStride] = matrixShape(value.of);
  return dispatch(gatedSiluKernel, {
    tensors: { gate: gate.of, value: value.of, y },
    params: {
      rows,
      width4: width / 4,
      gateStride4: gateStride / 4,
      gateColumn4: gate.column / 4,
      valueStride4: valueStride / 4,
      valueColumn4: value.column / 4,
    },
    workgroups: foldedWorkgroups(ceilDiv((rows * width) / 4, 64)),
    cost: rows * width * 8,
  });
}
