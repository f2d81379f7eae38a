// The vision tower as two graphs: crops -> the tapped encoder layers side by side, and windows of their rows -> image features.
// Names are the checkpoint's: model.vision_backbone.*

import type { ModelConfig } from '../config.ts';
import { graphBuilder } from './graph-builder.ts';
import { attention, gated, layerNorm, linear, number, op, reshaped, turned, type Graph } from './layers.ts';

type Tensors = Graph['tensor'];

/**
 * taps [crops * P, taps * E] of `bytes` [crops * P, pixels, 3]: (byte / 255 - mean) / std, with `mean` and `std` [3]. Crops do not
 * see each other.
 */
export function encoderModel({ vit, adapter }: ModelConfig, tensor: Tensors): Uint8Array<ArrayBuffer> {
  const graph: Graph = { builder: graphBuilder(), tensor };
  const { builder } = graph;
  const prefix = 'model.vision_backbone.image_vit';
  const pixels = vit.patchSize * vit.patchSize;
  const bytes = builder.input('bytes', 'uint8', ['rows', pixels, 3]);
  const [mean, std] = ['mean', 'std'].map((name) => builder.input(name, 'float32', [3]));
  const floats = op(graph, 'Cast', [bytes], { attributes: { to: { int: 1 } } });
  const unit = op(graph, 'Div', [floats, number(graph, 255)]);
  const values = op(graph, 'Div', [op(graph, 'Sub', [unit, mean ?? '']), std ?? '']);
  const patches = linear(graph, reshaped(graph, values, -1, pixels * 3), `${prefix}.patch_embedding.weight`, {
    columns: pixels * 3,
    bias: `${prefix}.patch_embedding.bias`,
  });
  const places = builder.constant(
    'float32',
    [vit.numPatches, vit.hiddenSize],
    tensor(`${prefix}.positional_embedding`),
  );
  const inCrops = reshaped(graph, patches, -1, vit.numPatches, vit.hiddenSize);
  let x = reshaped(graph, op(graph, 'Add', [inCrops, places]), -1, vit.hiddenSize);
  const blocks: string[] = [];
  for (let block = 0; block < vit.numBlocks; block++) {
    x = encoderBlock(graph, vit, `${prefix}.transformer.resblocks.${block}`, x);
    blocks.push(x);
  }
  const tapped = adapter.vitLayers.map((layer) => blocks[layer] ?? '');
  builder.node('Concat', tapped, { attributes: { axis: { int: 1 } }, outputs: ['taps'] });
  builder.output('taps', 'float32', ['rows', vit.hiddenSize * adapter.vitLayers.length]);
  return builder.bytes();
}

function encoderBlock(graph: Graph, vit: ModelConfig['vit'], block: string, x: string): string {
  const layer = (from: string, name: string, columns: number) =>
    linear(graph, from, `${block}.${name}.weight`, { columns, bias: `${block}.${name}.bias` });
  const normed = layerNorm(graph, x, `${block}.attention_norm`, vit.layerNormEps);
  const [q, k, v] = ['wq', 'wk', 'wv'].map((name) => layer(normed, `attention.${name}`, vit.hiddenSize));
  const mixed = attention(
    graph,
    inHeads(graph, { q: q ?? '', k: k ?? '', v: v ?? '' }, vit, vit.numPatches, vit.numPatches),
    vit.headDim,
  );
  const width = vit.numHeads * vit.headDim;
  // [crops, K, group, P, D] -> [crops * P, H * D]
  const attended = reshaped(graph, turned(graph, mixed, 0, 3, 1, 2, 4), -1, width);
  const again = op(graph, 'Add', [x, layer(attended, 'attention.wo', width)]);
  const up = layer(
    layerNorm(graph, again, `${block}.ffn_norm`, vit.layerNormEps),
    'feed_forward.w1',
    vit.hiddenSize,
  );
  const active = op(graph, 'Gelu', [up], { attributes: { approximate: { string: 'tanh' } } });
  return op(graph, 'Add', [again, layer(active, 'feed_forward.w2', vit.intermediateSize)]);
}

/** Rows of groups of `queries` queries and `keys` keys, as attention wants them. */
function inHeads(
  graph: Graph,
  { q, k, v }: { readonly q: string; readonly k: string; readonly v: string },
  { numHeads, numKvHeads, headDim }: { numHeads: number; numKvHeads: number; headDim: number },
  queries: number,
  keys: number,
) {
  const group = numHeads / numKvHeads;
  return {
    q: turned(graph, reshaped(graph, q, -1, queries, numKvHeads, group, headDim), 0, 2, 3, 1, 4),
    k: turned(graph, reshaped(graph, k, -1, keys, numKvHeads, 1, headDim), 0, 2, 3, 4, 1),
    v: turned(graph, reshaped(graph, v, -1, keys, numKvHeads, 1, headDim), 0, 2, 3, 1, 4),
  };
}

/**
 * features [tokens, C] of `windows` [tokens, window], rows of `taps` [rows, taps * E], where the row behind the last stands for
 * none. The query of a window is the sum of its rows over `counts` [tokens, 1]; `mask` [tokens, window] is added to its scores.
 */
export function connectorModel(
  { vit, adapter }: ModelConfig,
  window: number,
  tensor: Tensors,
): Uint8Array<ArrayBuffer> {
  const graph: Graph = { builder: graphBuilder(), tensor };
  const { builder } = graph;
  const width = vit.hiddenSize * adapter.vitLayers.length;
  const taps = builder.input('taps', 'float32', ['rows', width]);
  const windows = builder.input('windows', 'int64', ['tokens', window]);
  const counts = builder.input('counts', 'float32', ['tokens', 1]);
  const mask = builder.input('mask', 'float32', ['tokens', window]);
  const none = builder.constant('float32', [1, width], new Float32Array(width));
  const rows = op(graph, 'Concat', [taps, none], { attributes: { axis: { int: 0 } } });
  const gathered = (x: string) => op(graph, 'Gather', [x, windows], { attributes: { axis: { int: 0 } } });
  const sum = op(graph, 'ReduceSum', [gathered(rows), builder.constant('int64', [1], BigInt64Array.of(1n))], {
    attributes: { keepdims: { int: 0 } },
  });
  const prefix = 'model.vision_backbone.image_pooling_2d';
  const layer = (x: string, name: string, columns: number) =>
    linear(graph, x, `${prefix}.${name}.weight`, { columns, bias: `${prefix}.${name}.bias` });
  const q = layer(op(graph, 'Div', [sum, counts]), 'wq', width);
  const k = gathered(layer(rows, 'wk', width));
  const v = gathered(layer(rows, 'wv', width));
  const mixed = attention(
    graph,
    inHeads(graph, { q, k, v }, adapter, 1, window),
    adapter.headDim,
    reshaped(graph, mask, -1, 1, 1, 1, window),
  );
  const inner = adapter.numHeads * adapter.headDim;
  const pooled = layer(reshaped(graph, mixed, -1, inner), 'wo', inner);
  const projector = (x: string, name: string, columns: number) =>
    linear(graph, x, `model.vision_backbone.image_projector.${name}.weight`, { columns });
  const hidden = gated(
    graph,
    projector(pooled, 'w1', adapter.hiddenSize),
    projector(pooled, 'w3', adapter.hiddenSize),
  );
  const features = projector(hidden, 'w2', adapter.intermediateSize);
  builder.node('Identity', [features], { outputs: ['features'] });
  builder.output('features', 'float32', ['tokens', adapter.textHiddenSize]);
  return builder.bytes();
}
