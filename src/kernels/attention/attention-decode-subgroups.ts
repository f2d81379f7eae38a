// Attention of one new row over the cache where lanes share a key with shuffles.

import scoring from '../../../shaders/attention-decode-subgroups.wgsl?raw';
import { decodeKernels } from './decode-chunk.ts';

export const attentionDecodeSubgroupsKernels = decodeKernels('attention-decode-subgroups', scoring, [
  'subgroups',
]);
