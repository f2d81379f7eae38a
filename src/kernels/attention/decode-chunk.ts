// What the variants of decode attention share: a body that is joined with how lanes meet.

import type { Kernel, KernelFeature } from '../../gpu/kernel.ts';
import chunk from '../../../shaders/shared/decode-chunk.wgsl?raw';
import keyChunks from '../../../shaders/shared/key-chunks.wgsl?raw';
import { kvKernels, type KvFormat } from './kv-layer.ts';

type Slot = 'q' | 'k' | 'v' | 'kvScales' | 'cursor' | 'partials';

/** A variant of decode attention for each format of keys and values. */
export function decodeKernels(
  name: string,
  lanes: string,
  features: readonly KernelFeature[] = [],
): Readonly<Record<KvFormat, Kernel<Slot, never>>> {
  return kvKernels({
    name,
    source: keyChunks + chunk + lanes,
    slots: { q: 'read', k: 'read', v: 'read', kvScales: 'read', cursor: 'read', partials: 'read-write' },
    params: {},
    features,
  });
}
