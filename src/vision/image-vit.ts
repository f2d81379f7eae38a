// Patches of crops -> the outputs of the tapped encoder blocks, side by side. Pre-norm blocks; crops never see each
// other; there is no final norm. Names are the checkpoint's: model.vision_backbone.image_vit.*

import type { ModelConfig } from '../config.ts';
import type { TensorSource } from '../gpu/tensor-source.ts';
import type { Dispatch } from '../gpu/kernel.ts';
import { sliceRows, type Tensor } from '../gpu/tensor.ts';
import { addPositions } from '../kernels/rows/add-positions.ts';
import { attentionEncoder } from '../kernels/attention/attention-encoder.ts';
import { copyColumns } from '../kernels/rows/copy-columns.ts';
import { layerNorm } from '../kernels/rows/layer-norm.ts';
import { linear } from '../kernels/linear/linear.ts';
import { normalizePatches } from '../kernels/rows/normalize-patches.ts';
import type { KernelSettings } from '../gpu/kernel-settings.ts';
import type { Weights } from '../weights/store/weights.ts';

/** Working memory for a batch of crops. */
export interface VitScratch {
  readonly bytes: Tensor; // u8 [F * P, patch values]
  readonly patches: Tensor; // [F * P, patch values]
  readonly x: Tensor; // [F * P, E] residual stream
  readonly normed: Tensor; // [F * P, E]
  readonly q: Tensor; // [F * P, H * D]
  readonly k: Tensor; // [F * P, K * D]
  readonly v: Tensor; // [F * P, K * D]
  readonly attended: Tensor; // [F * P, H * D]
  readonly hidden: Tensor; // [F * P, I]
}

/** Allocates working memory for up to `crops` crops at a time. */
export function vitScratch({ vit }: ModelConfig, source: TensorSource, crops: number): VitScratch {
  const rows = crops * vit.numPatches;
  const values = vit.patchSize * vit.patchSize * 3;
  const kv = vit.numKvHeads * vit.headDim;
  const q = vit.numHeads * vit.headDim;
  return {
    bytes: source.tensor('patch bytes', [rows, values], 'u8'),
    patches: source.tensor('patches', [rows, values]),
    x: source.tensor('vit x', [rows, vit.hiddenSize]),
    normed: source.tensor('vit normed', [rows, vit.hiddenSize]),
    q: source.tensor('vit q', [rows, q]),
    k: source.tensor('vit k', [rows, kv]),
    v: source.tensor('vit v', [rows, kv]),
    attended: source.tensor('vit attended', [rows, q]),
    hidden: source.tensor('vit hidden', [rows, vit.intermediateSize]),
  };
}

function firstRows(scratch: VitScratch, rows: number): VitScratch {
  const { bytes, patches, x, normed, q, k, v, attended, hidden } = scratch;
  const cut = (tensor: Tensor) => sliceRows(tensor, 0, rows);
  return {
    bytes: cut(bytes),
    patches: cut(patches),
    x: cut(x),
    normed: cut(normed),
    q: cut(q),
    k: cut(k),
    v: cut(v),
    attended: cut(attended),
    hidden: cut(hidden),
  };
}

export interface VitOutput {
  readonly taps: Tensor; // [crops * P, taps * E]
  /** Row of `taps` that belongs to the batch's first patch. */
  readonly row: number;
}

/**
 * Encodes the first `crops` crops of `scratch.bytes` into rows of `output.taps`, whose columns are the tapped blocks
 * in the order of `vit_layers`. `table` is `normalizationTable()`.
 */
export function imageVit(
  kernels: KernelSettings,
  config: ModelConfig,
  weights: Weights,
  table: Tensor, // [3, 256]
  scratch: VitScratch,
  crops: number,
  output: VitOutput,
): Dispatch[] {
  const { vit, adapter } = config;
  const s = firstRows(scratch, crops * vit.numPatches);
  const prefix = 'model.vision_backbone.image_vit';
  const list = [
    normalizePatches(s.bytes, table, s.patches),
    ...linear(kernels, s.patches, weights.matrix(`${prefix}.patch_embedding.weight`), s.x, {
      bias: weights.get(`${prefix}.patch_embedding.bias`),
    }),
    addPositions(weights.get(`${prefix}.positional_embedding`), s.x),
  ];
  for (let block = 0; block < vit.numBlocks; block++) {
    list.push(...residualBlock(kernels, config, weights, `${prefix}.transformer.resblocks.${block}`, s));
    adapter.vitLayers.forEach((layer, tap) => {
      if (layer === block)
        list.push(copyColumns(s.x, output.taps, { column: tap * vit.hiddenSize, yRow: output.row }));
    });
  }
  return list;
}

function residualBlock(
  kernels: KernelSettings,
  { vit }: ModelConfig,
  weights: Weights,
  block: string,
  s: VitScratch,
): Dispatch[] {
  const w = (name: string) => weights.get(`${block}.${name}`);
  const layer = (
    x: Tensor,
    name: string,
    y: Tensor,
    options: { gelu?: boolean; accumulate?: boolean } = {},
  ) =>
    linear(kernels, x, weights.matrix(`${block}.${name}.weight`), y, { bias: w(`${name}.bias`), ...options });
  const heads = { heads: vit.numHeads, kvHeads: vit.numKvHeads, headDim: vit.headDim };
  return [
    layerNorm(s.x, w('attention_norm.weight'), w('attention_norm.bias'), s.normed, vit.layerNormEps),
    ...layer(s.normed, 'attention.wq', s.q),
    ...layer(s.normed, 'attention.wk', s.k),
    ...layer(s.normed, 'attention.wv', s.v),
    ...attentionEncoder(kernels, s.q, s.k, s.v, s.attended, heads, vit.numPatches),
    ...layer(s.attended, 'attention.wo', s.x, { accumulate: true }),
    layerNorm(s.x, w('ffn_norm.weight'), w('ffn_norm.bias'), s.normed, vit.layerNormEps),
    ...layer(s.normed, 'feed_forward.w1', s.hidden, { gelu: true }),
    ...layer(s.hidden, 'feed_forward.w2', s.x, { accumulate: true }),
  ];
}
