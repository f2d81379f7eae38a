// Rounds activations to int8 codes, for layers whose products are of integers.

import { invariant } from '../../errors.ts';
import { ceilDiv, defineKernel, dispatch, foldedWorkgroups, type Dispatch } from '../../gpu/kernel.ts';
import { matrixShape, type Tensor } from '../../gpu/tensor.ts';
import body from '../../../shaders/pack-rows.wgsl?raw';
import codes from '../../../shaders/shared/packed-codes.wgsl?raw';
import { blockColumns, type PackedRows } from './packed-rows.ts';

export const packRowsKernel = defineKernel({
  name: 'pack-rows',
  source: codes + body,
  slots: { x: 'read', codes: 'read-write', scales: 'read-write' },
  params: { rows: 'u32', k4: 'u32' },
  requires: ['packed_4x8_integer_dot_product'],
});

/** Packs x [rows, K]; K is a multiple of 4. */
export function packRows(x: Tensor, packed: PackedRows): Dispatch {
  const [rows, k] = matrixShape(x);
  invariant(k === packed.k && k % 4 === 0, `${x.label} has ${k} columns, its codes ${packed.k}`);
  const blocks = rows * ceilDiv(k, blockColumns);
  return dispatch(packRowsKernel, {
    tensors: { x, codes: packed.codes, scales: packed.scales },
    constants: { PLANES: packed.planes },
    params: { rows, k4: k / 4 },
    workgroups: foldedWorkgroups(ceilDiv(blocks, 64)),
    cost: rows * k,
  });
}
