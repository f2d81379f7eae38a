// Attention of one new row over the cache, on a processor.

import body from '../../../shaders/attention-decode-software.wgsl?raw';
import keyChunks from '../../../shaders/shared/key-chunks.wgsl?raw';
import rowPlace from '../../../shaders/shared/row-place.wgsl?raw';
import { kvKernels } from './kv-layer.ts';

/** With one chunk `partials` is y [rows, H * D] itself, and nothing is left to merge. */
export const attentionDecodeSoftwareKernels = kvKernels({
  name: 'attention-decode-software',
  source: keyChunks + rowPlace + body,
  slots: { q: 'read', k: 'read', v: 'read', kvScales: 'read', cursor: 'read', partials: 'read-write' },
  params: { scale: 'f32' },
});
