// Working memory of the decoder for a chunk of rows.

import type { TextConfig } from '../config.ts';
import { sliceRows, type Tensor } from '../gpu/tensor.ts';
import type { TensorSource } from '../gpu/tensor-source.ts';
import type { KernelSettings } from '../gpu/kernel-settings.ts';
import { decodeWork, type DecodeWork } from '../kernels/attention/attention-decode.ts';

export interface DecoderScratch {
  readonly normed: Tensor; // [T, C]
  readonly qkv: Tensor; // [T, max(H, 2 K) * D] keys and values, and queries later
  readonly attended: Tensor; // [T, H * D]
  readonly fused: Tensor; // [T, 2 I] value and gate
  readonly hidden: Tensor; // [T, I]
  readonly output: Tensor; // [T, C] before a post-norm
}

export interface TokenScratch extends Omit<DecoderScratch, 'qkv'> {
  readonly work: DecodeWork;
}

export function decoderScratch(config: TextConfig, source: TensorSource, rows: number): DecoderScratch {
  const heads = Math.max(config.numHeads, 2 * config.numKvHeads);
  return {
    ...blockScratch(config, source, rows),
    qkv: source.tensor('qkv', [rows, heads * config.headDim]),
    attended: source.tensor('attended', [rows, config.numHeads * config.headDim]),
  };
}

/** `slots`: of the cache that tokens see, one of each of `rows`. */
export function tokenScratch(
  kernels: KernelSettings,
  config: TextConfig,
  source: TensorSource,
  slots: number,
  rows = 1,
): TokenScratch {
  const { numHeads: heads, numKvHeads: kvHeads, headDim } = config;
  const work = decodeWork(kernels, { heads, kvHeads, headDim }, slots, source, rows);
  return {
    ...blockScratch(config, source, rows),
    work,
    attended: work.attended,
  };
}

function blockScratch(
  config: TextConfig,
  source: TensorSource,
  rows: number,
): Omit<DecoderScratch, 'qkv' | 'attended'> {
  return {
    normed: source.tensor('normed', [rows, config.hiddenSize]),
    fused: source.tensor('ff fused', [rows, 2 * config.intermediateSize]),
    hidden: source.tensor('ff hidden', [rows, config.intermediateSize]),
    output: source.tensor('block output', [rows, config.hiddenSize]),
  };
}

/** The first rows of every tensor, for a chunk that is shorter than the others. */
export function firstRows(scratch: DecoderScratch, rows: number): DecoderScratch {
  const cut = (tensor: Tensor) => sliceRows(tensor, 0, rows);
  return {
    normed: cut(scratch.normed),
    qkv: cut(scratch.qkv),
    attended: cut(scratch.attended),
    fused: cut(scratch.fused),
    hidden: cut(scratch.hidden),
    output: cut(scratch.output),
  };
}
