// Bytes of patches -> the values that the vision encoder reads.

import { ceilDiv, defineKernel, dispatch, foldedWorkgroups, type Dispatch } from '../../gpu/kernel.ts';
import { elementCount, type Tensor } from '../../gpu/tensor.ts';
import source from '../../../shaders/normalize-patches.wgsl?raw';

export const normalizePatchesKernel = defineKernel({
  name: 'normalize-patches',
  source,
  slots: { bytes: 'read', table: 'read', y: 'read-write' },
  params: { words: 'u32' },
});

/** The value of every byte in every channel, in the reference's own f32 steps: (byte / 255 - mean) / std. */
export function normalizationTable(
  mean: readonly number[],
  std: readonly number[],
): Float32Array<ArrayBuffer> {
  const f32 = Math.fround;
  return Float32Array.from({ length: 3 * 256 }, (_, i) => {
    const channel = Math.floor(i / 256);
    const unit = f32((i % 256) / 255);
    return f32(f32(unit - f32(mean[channel] ?? 0)) / f32(std[channel] ?? 1));
  });
}

/** y [F * P, patch values] from bytes of the same shape; channels are the fastest axis. */
export function normalizePatches(bytes: Tensor, table: Tensor, y: Tensor): Dispatch {
  const words = elementCount(bytes.shape) / 4;
  return dispatch(normalizePatchesKernel, {
    tensors: { bytes, table, y },
    params: { words },
    workgroups: foldedWorkgroups(ceilDiv(words, 64)),
    cost: words * 16,
  });
}
