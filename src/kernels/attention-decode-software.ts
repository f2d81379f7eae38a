// Attention of one new row over the cache, on a processor.

import scoring from '../../shaders/attention-decode-software.wgsl?raw';
import { decodeKernels } from './decode-chunk.ts';

export const attentionDecodeSoftwareKernels = decodeKernels('attention-decode-software', scoring);
