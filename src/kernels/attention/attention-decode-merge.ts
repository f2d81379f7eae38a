// Joins the chunks that decode attention works on side by side. It has the slots of the kernels before it, most of which it
// does not need: what is bound already costs nothing.

import body from '../../../shaders/attention-decode-merge.wgsl?raw';
import { decodeStepKernels } from './decode-chunk.ts';

export const attentionDecodeMergeKernels = decodeStepKernels('attention-decode-merge', body);

/** Invocations of a workgroup. */
export const mergeInvocations = 256;
