// New keys and values -> the cache.

import { ceilDiv, defineKernel, dispatch, foldedWorkgroups, type Dispatch } from '../gpu/kernel.ts';
import { matrixShape, type Tensor } from '../gpu/tensor.ts';
import source from '../../shaders/kv-write.wgsl?raw';

export const kvWriteKernel = defineKernel({
  name: 'kv-write',
  source,
  slots: { k: 'read', v: 'read', positions: 'read', keyCache: 'read-write', valueCache: 'read-write' },
  params: { rows: 'u32', width4: 'u32' },
});

/** Row t of k and v [T, K * D] goes to slot `positions[t]` of the caches [S, K * D]. */
export function kvWrite(
  k: Tensor,
  v: Tensor,
  positions: Tensor,
  keyCache: Tensor,
  valueCache: Tensor,
): Dispatch {
  const [rows, width] = matrixShape(k);
  return dispatch(kvWriteKernel, {
    tensors: { k, v, positions, keyCache, valueCache },
    params: { rows, width4: width / 4 },
    workgroups: foldedWorkgroups(ceilDiv((rows * width) / 4, 64)),
    cost: rows * width * 4,
  });
}
