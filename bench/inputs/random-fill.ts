// Makes seeded data where it is used: the weights of a large model take milliseconds on a GPU, and minutes in JavaScript.

import { defineKernel, dispatch, foldedWorkgroups, type Dispatch } from '../../src/gpu/kernel.ts';
import type { Tensor } from '../../src/gpu/tensor.ts';
import source from './random-fill.wgsl?raw';
import type { Fill } from './random-words.ts';

export const randomFillKernel = defineKernel({
  name: 'bench-random-fill',
  source,
  slots: { y: 'read-write' },
  params: { first: 'u32', count: 'u32', seed: 'u32', kept: 'u32', fixed: 'u32', scale: 'f32', offset: 'f32' },
});

const kinds = { masked: 0, bytes: 1, floats: 2 } as const satisfies Record<Fill['kind'], number>;

/** Writes words `first` to `first + count - 1` of a seed to the start of a tensor. */
export function randomFill(
  y: Tensor,
  fill: Fill,
  seed: number,
  count = y.byteLength / 4,
  first = 0,
): Dispatch {
  const { keep: kept, set: fixed } = fill.kind === 'masked' ? fill : { keep: 0, set: 0 };
  const { scale, offset } = fill.kind === 'floats' ? fill : { scale: 0, offset: 0 };
  return dispatch(randomFillKernel, {
    tensors: { y },
    constants: { KIND: kinds[fill.kind] },
    params: { first, count, seed, kept, fixed, scale, offset },
    workgroups: foldedWorkgroups(Math.ceil(count / 256)),
    cost: count,
  });
}
