// The most likely token, second half: it becomes the input of the next step, or ends the decoding.

import { invariant } from '../../errors.ts';
import { defineKernel, dispatch, type Dispatch } from '../../gpu/kernel.ts';
import { elementCount, matrixShape, type Tensor } from '../../gpu/tensor.ts';
import source from '../../../shaders/advance.wgsl?raw';

export const advanceKernel = defineKernel({
  name: 'advance',
  source,
  slots: { best: 'read', stops: 'read', id: 'read-write', cursor: 'read-write' },
  params: { slices: 'u32', stopsWords: 'u32', cursorWords: 'u32' },
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
 * id [rows] = the best of best [rows, slices, 2], which `argmax` wrote; cursor [rows, 2 or more] = its slot, or its position
 * where rows have slots of their own, and 1 once decoding has stopped. A stopped cursor stays as it is, and so does the id.
 * Logits that are not finite stop it, with `noToken` as the id.
 */
export function advance(best: Tensor, stops: Tensor, id: Tensor, cursor: Tensor): Dispatch {
  const rows = elementCount(id.shape);
  const slices = matrixShape(best)[0] / rows;
  const cursorWords = elementCount(cursor.shape) / rows;
  return dispatch(advanceKernel, {
    tensors: { best, stops, id, cursor },
    params: { slices, stopsWords, cursorWords },
    workgroups: [rows],
    cost: rows * slices * 4,
  });
}
