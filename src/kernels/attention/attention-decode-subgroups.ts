// Attention of one new row over the cache where lanes meet by shuffles.

import lanes from '../../../shaders/attention-decode-subgroups.wgsl?raw';
import { decodeKernels } from './decode-chunk.ts';

export const attentionDecodeSubgroupsKernels = decodeKernels('attention-decode-subgroups', lanes, [
  'subgroups',
]);
