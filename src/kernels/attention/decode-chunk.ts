// What the variants of decode attention on GPUs share: slots, and a body that is joined with how lanes meet.

import type { KernelFeature } from '../../gpu/kernel.ts';
import chunk from '../../../shaders/shared/decode-chunk.wgsl?raw';
import slotsSource from '../../../shaders/shared/decode-slots.wgsl?raw';
import keyChunks from '../../../shaders/shared/key-chunks.wgsl?raw';
import newHeads from '../../../shaders/shared/new-heads.wgsl?raw';
import rowPlace from '../../../shaders/shared/row-place.wgsl?raw';
import { kvStoreKernels, type KvStoreKernels } from './kv-layer.ts';

type Slot = 'work' | 'table' | 'cursor' | 'qWeight' | 'kWeight';

/** A kernel of decode attention for each format of keys and values. */
export function decodeStepKernels(
  name: string,
  body: string,
  features: readonly KernelFeature[] = [],
): KvStoreKernels<Slot, never> {
  return kvStoreKernels({
    name,
    source: keyChunks + rowPlace + slotsSource + body,
    slots: { work: 'read-write', table: 'read', cursor: 'read', qWeight: 'read', kWeight: 'read' },
    params: {},
    features,
  });
}

/** A variant of attention to chunks for each format. */
export function decodeKernels(
  name: string,
  lanes: string,
  features: readonly KernelFeature[] = [],
): KvStoreKernels<Slot, never> {
  return decodeStepKernels(name, newHeads + chunk + lanes, features);
}
