// Takes tokens that must not follow out of the choice.

import { invariant } from '../../errors.ts';
import { ceilDiv, defineKernel, dispatch, type Dispatch } from '../../gpu/kernel.ts';
import { matrixShape, type Tensor } from '../../gpu/tensor.ts';
import source from '../../../shaders/mask-logits.wgsl?raw';

export const maskLogitsKernel = defineKernel({
  name: 'mask-logits',
  source,
  slots: { mask: 'read', logits: 'read-write' },
  params: { count: 'u32', words: 'u32' },
});

/** What the logit of a token becomes that is not allowed: far below those of models, and finite at every temperature. */
export const forbiddenLogit = -1e8;

/** logits [T, V] of tokens whose bit in mask [T, ceil(V / 32)] is 0 become `forbiddenLogit`. */
export function maskLogits(mask: Tensor, logits: Tensor): Dispatch {
  const [T, V] = matrixShape(logits);
  const [rows, words] = matrixShape(mask);
  invariant(rows === T && words === ceilDiv(V, 32), `${mask.label} is no mask of ${logits.label}`);
  return dispatch(maskLogitsKernel, {
    tensors: { mask, logits },
    params: { count: V, words },
    workgroups: [ceilDiv(V, 256), T],
    cost: T * V * 2,
  });
}
