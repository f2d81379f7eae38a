// Every tensor the model needs, under the reference's own name, with the shape that config.json implies.

import type { AdapterConfig, ModelConfig, TextConfig, VitConfig } from '../../config.ts';

export type ExpectedShapes = ReadonlyMap<string, readonly number[]>;

/** Names and shapes of all tensors of a checkpoint. */
export function expectedTensors(config: ModelConfig): ExpectedShapes {
  return new Map([
    ...textTensors(config.text),
    ...vitTensors(config.vit),
    ...adapterTensors(config.adapter, config.vit),
  ]);
}

function textTensors(t: TextConfig): [string, number[]][] {
  const C = t.hiddenSize;
  const D = t.headDim;
  const prefix = 'model.transformer';
  const fused = (t.numHeads + 2 * t.numKvHeads) * D;
  const list: [string, number[]][] = [
    [`${prefix}.wte.embedding`, [t.vocabSize, C]],
    [`${prefix}.wte.new_embedding`, [t.additionalVocabSize, C]],
    [`${prefix}.ln_f.weight`, [C]],
    ['lm_head.weight', [t.vocabSize, C]],
  ];
  for (let i = 0; i < t.numLayers; i++) {
    const block = `${prefix}.blocks.${i}`;
    list.push(
      [`${block}.self_attn.att_proj.weight`, [fused, C]],
      [`${block}.self_attn.attn_out.weight`, [C, t.numHeads * D]],
      [`${block}.attn_norm.weight`, [C]],
      [`${block}.mlp.ff_proj.weight`, [2 * t.intermediateSize, C]],
      [`${block}.mlp.ff_out.weight`, [C, t.intermediateSize]],
      [`${block}.ff_norm.weight`, [C]],
    );
    if (t.qkvBias) list.push([`${block}.self_attn.att_proj.bias`, [fused]]);
    if (t.qkNorm)
      list.push(
        [`${block}.self_attn.q_norm.weight`, [t.qkNorm === 'olmo' ? t.numHeads * D : D]],
        [`${block}.self_attn.k_norm.weight`, [t.qkNorm === 'olmo' ? t.numKvHeads * D : D]],
      );
  }
  return list;
}

function withBias(name: string, rows: number, columns: number): [string, number[]][] {
  return [
    [`${name}.weight`, [rows, columns]],
    [`${name}.bias`, [rows]],
  ];
}

function vitTensors(v: VitConfig): [string, number[]][] {
  const E = v.hiddenSize;
  const prefix = 'model.vision_backbone.image_vit';
  const q = v.numHeads * v.headDim;
  const kv = v.numKvHeads * v.headDim;
  const list: [string, number[]][] = [
    [`${prefix}.positional_embedding`, [v.numPatches, E]],
    ...withBias(`${prefix}.patch_embedding`, E, v.patchSize * v.patchSize * 3),
  ];
  for (let j = 0; j < v.numBlocks; j++) {
    const block = `${prefix}.transformer.resblocks.${j}`;
    list.push(
      ...withBias(`${block}.attention.wq`, q, E),
      ...withBias(`${block}.attention.wk`, kv, E),
      ...withBias(`${block}.attention.wv`, kv, E),
      ...withBias(`${block}.attention.wo`, E, q),
      ...withBias(`${block}.feed_forward.w1`, v.intermediateSize, E),
      ...withBias(`${block}.feed_forward.w2`, E, v.intermediateSize),
      [`${block}.attention_norm.weight`, [E]],
      [`${block}.attention_norm.bias`, [E]],
      [`${block}.ffn_norm.weight`, [E]],
      [`${block}.ffn_norm.bias`, [E]],
    );
  }
  return list;
}

function adapterTensors(a: AdapterConfig, v: VitConfig): [string, number[]][] {
  const prefix = 'model.vision_backbone';
  const input = v.hiddenSize * a.vitLayers.length;
  const q = a.numHeads * a.headDim;
  const kv = a.numKvHeads * a.headDim;
  return [
    ...withBias(`${prefix}.image_pooling_2d.wq`, q, input),
    ...withBias(`${prefix}.image_pooling_2d.wk`, kv, input),
    ...withBias(`${prefix}.image_pooling_2d.wv`, kv, input),
    ...withBias(`${prefix}.image_pooling_2d.wo`, a.hiddenSize, q),
    [`${prefix}.image_projector.w1.weight`, [a.intermediateSize, a.hiddenSize]],
    [`${prefix}.image_projector.w3.weight`, [a.intermediateSize, a.hiddenSize]],
    [`${prefix}.image_projector.w2.weight`, [a.textHiddenSize, a.intermediateSize]],
  ];
}
