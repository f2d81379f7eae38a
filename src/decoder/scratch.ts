// Working memory of the decoder for a chunk of rows.

import type { TextConfig } from '../config.ts';
import type { Arena } from '../gpu/arena.ts';
import { sliceRows, type Tensor } from '../gpu/tensor.ts';

export interface DecoderScratch {
  readonly normed: Tensor; // [T, C]
  readonly q: Tensor; // [T, H * D]
  readonly qNormed: Tensor; // [T, H * D]
  readonly k: Tensor; // [T, K * D]
  readonly kNormed: Tensor; // [T, K * D]
  readonly v: Tensor; // [T, K * D]
  readonly attended: Tensor; // [T, H * D]
  readonly fused: Tensor; // [T, 2 I] value and gate
  readonly hidden: Tensor; // [T, I]
  readonly output: Tensor; // [T, C] before a post-norm
}

export function decoderScratch(config: TextConfig, arena: Arena, rows: number): DecoderScratch {
  const q = config.numHeads * config.headDim;
  const kv = config.numKvHeads * config.headDim;
  return {
    normed: arena.tensor('normed', [rows, config.hiddenSize]),
    q: arena.tensor('q', [rows, q]),
    qNormed: arena.tensor('q normed', [rows, q]),
    k: arena.tensor('k', [rows, kv]),
    kNormed: arena.tensor('k normed', [rows, kv]),
    v: arena.tensor('v', [rows, kv]),
    attended: arena.tensor('attended', [rows, q]),
    fused: arena.tensor('ff fused', [rows, 2 * config.intermediateSize]),
    hidden: arena.tensor('ff hidden', [rows, config.intermediateSize]),
    output: arena.tensor('block output', [rows, config.hiddenSize]),
  };
}

/** The first rows of every tensor, for a chunk that is shorter than the others. */
export function firstRows(scratch: DecoderScratch, rows: number): DecoderScratch {
  const cut = (tensor: Tensor) => sliceRows(tensor, 0, rows);
  return {
    normed: cut(scratch.normed),
    q: cut(scratch.q),
    qNormed: cut(scratch.qNormed),
    k: cut(scratch.k),
    kNormed: cut(scratch.kNormed),
    v: cut(scratch.v),
    attended: cut(scratch.attended),
    fused: cut(scratch.fused),
    hidden: cut(scratch.hidden),
    output: cut(scratch.output),
  };
}
