// Rotary position embedding.

import { ceilDiv, defineKernel, dispatch, foldedWorkgroups, type Dispatch } from '../gpu/kernel.ts';
import { elementCount, type Tensor } from '../gpu/tensor.ts';
import source from '../../shaders/rope.wgsl?raw';

export const ropeKernel = defineKernel({
  name: 'rope',
  source,
  slots: { table: 'read', positions: 'read', x: 'read-write' },
  params: { pairs: 'u32' },
});

/** Rotates x [T, H * D] in place; row t takes the angle of `positions[t]`. */
export function rope(table: Tensor, positions: Tensor, x: Tensor, heads: number, headDim: number): Dispatch {
  const pairs = elementCount(x.shape) / 2;
  return dispatch(ropeKernel, {
    tensors: { table, positions, x },
    constants: { H: heads, D: headDim },
    params: { pairs },
    workgroups: foldedWorkgroups(ceilDiv(pairs, 64)),
    cost: pairs * 8,
  });
}
