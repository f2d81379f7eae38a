// The most likely token, second half: it becomes the input of the next step, or ends the decoding.

import { invariant } from '../../errors.ts';
import { defineKernel, dispatch, type Dispatch } from '../../gpu/kernel.ts';
import { matrixShape, type Tensor } from '../../gpu/tensor.ts';
import source from '../../../shaders/advance.wgsl?raw';

export const advanceKernel = defineKernel({
  name: 'advance',
  source,
  slots: { best: 'read', stops: 'read', id: 'read-write', cursor: 'read-write' },
  params: { slices: 'u32' },
});

/** End ids that fit a `stops` tensor. */
const mostEndIds = 30;

/** Words of a `stops` tensor. */
export const stopsWords = 2 + mostEndIds;

/**
 * Writes what a `stops` tensor holds: decoding stops when the next id would go to slot `lastSlot`, and at an end id.
 * Of very many end ids the first are taken; whoever reads the ids stops at all of them.
 */
export function writeStops(words: Uint32Array, lastSlot: number, endIds: readonly number[]): void {
  invariant(words.length === stopsWords, `stops need ${stopsWords} words`);
  const taken = endIds.slice(0, mostEndIds);
  words[0] = lastSlot;
  words[1] = taken.length;
  words.set(taken, 2);
}

/**
 * id [1] = the best of best [slices, 2], which `argmax` wrote; cursor [2] = its slot, and 1 once decoding has stopped. A
 * stopped cursor stays as it is, and so does the id. Logits that are not finite stop it, with `noToken` as the id.
 */
export function advance(best: Tensor, stops: Tensor, id: Tensor, cursor: Tensor): Dispatch {
  const [slices] = matrixShape(best);
  return dispatch(advanceKernel, {
    tensors: { best, stops, id, cursor },
    params: { slices },
    workgroups: [1],
    cost: slices * 4,
  });
}
