// The query of attention pooling.

import { ceilDiv, defineKernel, dispatch, foldedWorkgroups, type Dispatch } from '../../gpu/kernel.ts';
import { matrixShape, type Tensor } from '../../gpu/tensor.ts';
import source from '../../../shaders/window-mean.wgsl?raw';

export const windowMeanKernel = defineKernel({
  name: 'window-mean',
  source,
  slots: { x: 'read', windows: 'read', y: 'read-write' },
  params: { tokens: 'u32', c4: 'u32', window: 'u32' },
});

/** y [tokens, W] = the mean of the rows of x that each window [tokens, N] lists; see the shader for `masked`. */
export function windowMean(x: Tensor, windows: Tensor, y: Tensor, masked: boolean): Dispatch {
  const [tokens, window] = matrixShape(windows);
  const [, columns] = matrixShape(x);
  return dispatch(windowMeanKernel, {
    tensors: { x, windows, y },
    constants: { MASK: masked },
    params: { tokens, c4: columns / 4, window },
    workgroups: foldedWorkgroups(ceilDiv((tokens * columns) / 4, 64)),
    cost: tokens * columns * window * 2,
  });
}
