// Bias and penalties of the logits that follow a token, before the next one is chosen.

import { ceilDiv, defineKernel, dispatch, type Dispatch } from '../../gpu/kernel.ts';
import { elementCount, matrixShape, type Tensor } from '../../gpu/tensor.ts';
import source from '../../../shaders/penalize-logits.wgsl?raw';

export const penalizeLogitsKernel = defineKernel({
  name: 'penalize-logits',
  source,
  slots: {
    penalties: 'read',
    bias: 'read',
    id: 'read',
    cursor: 'read',
    seen: 'read-write',
    logits: 'read-write',
  },
  params: { count: 'u32', cursorWords: 'u32' },
});

/** What `penalizeLogits` reads and keeps between steps. */
export interface PenaltyTensors {
  readonly penalties: Tensor; // [rows, 3] repetition, frequency, presence
  readonly bias: Tensor; // [rows, V]
  readonly seen: Tensor; // [rows, V] twice how often an id is in the answer so far, and 1 where it was before the answer
}

/** Where the token that was fed to each row stands, and the logits behind it. */
export interface FedTensors {
  readonly id: Tensor; // [rows]
  readonly cursor: Tensor; // [rows, 2 or more] its slot; 1 once decoding has stopped
  readonly logits: Tensor; // [rows, V]
}

/** Counts the token that was fed and changes the logits that follow it in place; nothing of a row whose cursor has stopped. */
export function penalizeLogits(
  { penalties, bias, seen }: PenaltyTensors,
  { id, cursor, logits }: FedTensors,
): Dispatch {
  const [rows, count] = matrixShape(logits);
  return dispatch(penalizeLogitsKernel, {
    tensors: { penalties, bias, id, cursor, seen, logits },
    params: { count, cursorWords: elementCount(cursor.shape) / rows },
    workgroups: [ceilDiv(count, 256), rows],
    cost: rows * count * 8,
  });
}
