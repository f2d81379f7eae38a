// The most likely token.

import { defineKernel, dispatch, type Dispatch } from '../gpu/kernel.ts';
import { elementCount, type Tensor } from '../gpu/tensor.ts';
import source from '../../shaders/argmax.wgsl?raw';

export const argmaxKernel = defineKernel({
  name: 'argmax',
  source,
  slots: { logits: 'read', winner: 'read-write' },
  params: { count: 'u32' },
});

/** winner[0] = the index of the largest of logits [1, V]; of equal ones the lowest. */
export function argmax(logits: Tensor, winner: Tensor): Dispatch {
  const count = elementCount(logits.shape);
  return dispatch(argmaxKernel, {
    tensors: { logits, winner },
    params: { count },
    workgroups: [1],
    cost: count * 4,
  });
}
