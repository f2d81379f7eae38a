// Joins the chunks of decode attention on processors: the other kernel takes them a second to compile.

import { defineKernel } from '../../gpu/kernel.ts';
import body from '../../../shaders/attention-decode-merge-software.wgsl?raw';
import keyChunks from '../../../shaders/shared/key-chunks.wgsl?raw';

export const attentionDecodeMergeSoftwareKernel = defineKernel({
  name: 'attention-decode-merge-software',
  source: keyChunks + body,
  slots: { partials: 'read', cursor: 'read', y: 'read-write' },
  params: {},
});
