// An opened model's tensors -> GPU buffers.

import { allocated } from '../gpu/allocation.ts';
import { GpuStore } from './store/gpu-store.ts';
import type { FillOptions, OpenedModel } from './open/opened-model.ts';
import type { Weights } from './store/weights.ts';

export interface LoadedWeights {
  readonly weights: Weights;
  /** Things worth telling that did not stop the load. */
  readonly notices: readonly string[];
}

/**
 * Makes every buffer, then streams the values into them. Throws `out-of-memory` before anything is read where there is no memory for
 * them, or the signal's own reason.
 */
export async function loadWeights(
  device: GPUDevice,
  model: OpenedModel,
  options: FillOptions = {},
): Promise<LoadedWeights> {
  const store = new GpuStore(device, model.tensors, model.aliases);
  try {
    await allocated(device);
    const notices = await model.fill(device, store, options);
    return { weights: store.weights(), notices };
  } catch (error) {
    store.destroy();
    throw error;
  }
}
