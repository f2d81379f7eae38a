// What decoding takes beside keys and values: the tensors of a step, which a loop keeps as long as its cache.

import type { TextConfig } from '../../config.ts';
import { tokenScratch } from '../../decoder/scratch.ts';
import type { KernelSettings } from '../../gpu/kernel-settings.ts';
import type { TensorSource } from '../../gpu/tensor-source.ts';
import { stopsWords } from '../../kernels/tokens/advance.ts';
import { argmaxSlices } from '../../kernels/tokens/argmax.ts';

/** What a step reads and leaves behind. */
export function tokenTensors(source: TensorSource, { vocabSize }: TextConfig) {
  return {
    id: source.tensor('id', [1], 'u32'),
    cursor: source.tensor('cursor', [2], 'u32'),
    stops: source.tensor('stops', [stopsWords], 'u32'),
    logits: source.tensor('logits', [1, vocabSize]),
    best: source.tensor('best', [argmaxSlices(vocabSize), 2], 'u32'),
  };
}

/** Working memory of a step over a cache of so many slots, for a token of each of `rows`. */
export function stepScratch(
  kernels: KernelSettings,
  config: TextConfig,
  source: TensorSource,
  slots: number,
  rows = 1,
) {
  return {
    x: source.tensor('x', [rows, config.hiddenSize]),
    scratch: tokenScratch(kernels, config, source, slots, rows),
  };
}
