// The most likely token, first half: the best of each slice of the vocabulary.

import { ceilDiv, defineKernel, dispatch, type Dispatch } from '../../gpu/kernel.ts';
import type { KernelSettings } from '../../gpu/kernel-settings.ts';
import { matrixShape, type Tensor } from '../../gpu/tensor.ts';
import source from '../../../shaders/argmax.wgsl?raw';

export const argmaxKernel = defineKernel({
  name: 'argmax',
  source,
  slots: { logits: 'read', best: 'read-write' },
  params: { count: 'u32', slice: 'u32' },
});

// 75 workgroups for the largest vocabulary.
const slice = 2048;

/** Processors wait for every four invocations at each barrier, and compile a store for every word of workgroup memory. */
function invocations({ capabilities }: KernelSettings): number {
  return capabilities.software ? 16 : 256;
}

/** Stands for an id where logits are not finite, so that no token follows. */
export const noToken = 0xffffffff;

/** Slices of a vocabulary. */
export function argmaxSlices(vocabSize: number): number {
  return ceilDiv(vocabSize, slice);
}

/**
 * best [rows, argmaxSlices(V), 2] = bits and index of the largest of each slice of logits [rows, V]; of equal ones the lowest,
 * and `noToken` where a logit of the slice is not finite.
 */
export function argmax(kernels: KernelSettings, logits: Tensor, best: Tensor): Dispatch {
  const [rows, count] = matrixShape(logits);
  return dispatch(argmaxKernel, {
    tensors: { logits, best },
    constants: { W: invocations(kernels) },
    params: { count, slice },
    workgroups: [argmaxSlices(count), rows],
    cost: rows * count * 4,
  });
}
