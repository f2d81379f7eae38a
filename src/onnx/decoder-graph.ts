// The decoder as one graph: new tokens behind those whose keys and values are given -> logits of some of them, and their own keys
// and values. A prompt and a single token are the same graph. Names are the checkpoint's: model.transformer.*

import type { ModelConfig, TextConfig } from '../config.ts';
import { graphBuilder } from './graph-builder.ts';
import { attention, gated, linear, op, reshaped, rmsNorm, turned, type Graph } from './layers.ts';

interface Shared {
  readonly plain: Rotation;
  readonly scaled: Rotation | null;
  readonly mask: string;
}

/** Cosines and sines [T, 1, D/2]. */
interface Rotation {
  readonly cos: string;
  readonly sin: string;
}

/** Inputs and outputs are those of `src/fallback.ts`; the keys that are given are `keys.I`, the new ones `new keys.I`. */
export function decoderModel({ text }: ModelConfig, tensor: Graph['tensor']): Uint8Array<ArrayBuffer> {
  const graph: Graph = { builder: graphBuilder(), tensor };
  const { builder } = graph;
  const C = text.hiddenSize;
  const embedded = op(graph, 'Gather', [embeddings(graph, text), builder.input('ids', 'int64', ['T'])], {
    attributes: { axis: { int: 0 } },
  });
  let x = op(graph, 'Add', [embedded, builder.input('added', 'float32', ['T', C])]);
  const shared = sharedInputs(graph, text);
  for (let layer = 0; layer < text.numLayers; layer++) x = block(graph, text, layer, shared, x);
  const wanted = builder.input('wanted', 'int64', ['wanted']);
  const last = op(graph, 'Gather', [x, wanted], { attributes: { axis: { int: 0 } } });
  const normed = rmsNorm(graph, last, 'model.transformer.ln_f.weight', text.layerNormEps);
  const logits = linear(graph, normed, 'lm_head.weight', { columns: C });
  builder.node('Identity', [logits], { outputs: ['logits'] });
  builder.output('logits', 'float32', ['wanted', text.vocabSize]);
  return builder.bytes();
}

/** Both tables, one behind the other, as the ids count. */
function embeddings(graph: Graph, { vocabSize, additionalVocabSize, hiddenSize }: TextConfig): string {
  const table = (name: string, rows: number) =>
    graph.builder.constant('float32', [rows, hiddenSize], graph.tensor(`model.transformer.wte.${name}`));
  const tables = [table('embedding', vocabSize), table('new_embedding', additionalVocabSize)];
  return op(graph, 'Concat', tables, { attributes: { axis: { int: 0 } } });
}

function sharedInputs(graph: Graph, { headDim, ropeScaling }: TextConfig): Shared {
  const { builder } = graph;
  const rotation = (name: string) => {
    const input = (which: string) =>
      reshaped(graph, builder.input(`${name}${which}`, 'float32', ['T', headDim / 2]), -1, 1, headDim / 2);
    return { cos: input('cos'), sin: input('sin') };
  };
  return {
    plain: rotation(''),
    scaled: ropeScaling && rotation('scaled '),
    mask: builder.input('mask', 'float32', ['T', 'S']),
  };
}

function block(graph: Graph, text: TextConfig, layer: number, shared: Shared, x: string): string {
  const { normAfter, layerNormEps, hiddenSize, intermediateSize } = text;
  const name = `model.transformer.blocks.${layer}`;
  const norm = (y: string, which: string) => rmsNorm(graph, y, `${name}.${which}.weight`, layerNormEps);
  // Norms come before a half of the block, or behind it.
  const half = (y: string, which: string, work: (from: string) => string) =>
    op(graph, 'Add', [y, normAfter ? norm(work(y), which) : work(norm(y, which))]);
  const attended = half(x, 'attn_norm', (from) => selfAttention(graph, text, layer, shared, from));
  return half(attended, 'ff_norm', (from) => {
    // The first rows of ff_proj make the value, the others the gate.
    const part = (firstRow: number) =>
      linear(graph, from, `${name}.mlp.ff_proj.weight`, {
        columns: hiddenSize,
        firstRow,
        rows: intermediateSize,
      });
    const hidden = gated(graph, part(intermediateSize), part(0));
    return linear(graph, hidden, `${name}.mlp.ff_out.weight`, { columns: intermediateSize });
  });
}

function selfAttention(
  graph: Graph,
  text: TextConfig,
  layer: number,
  { plain, scaled, mask }: Shared,
  x: string,
): string {
  const { builder } = graph;
  const { numHeads, numKvHeads, headDim, hiddenSize, qkvBias, ropeScalingLayers } = text;
  const name = `model.transformer.blocks.${layer}.self_attn`;
  const rotation = scaled && ropeScalingLayers.includes(layer) ? scaled : plain;
  const width = numHeads * headDim;
  const kvWidth = numKvHeads * headDim;
  const part = (firstRow: number, rows: number) =>
    linear(graph, x, `${name}.att_proj.weight`, {
      columns: hiddenSize,
      firstRow,
      rows,
      bias: qkvBias ? `${name}.att_proj.bias` : undefined,
    });
  const rotated = (y: string, which: string, heads: number) =>
    rotate(graph, headNorm(graph, text, y, `${name}.${which}.weight`, heads), rotation, headDim);
  const q = rotated(part(0, width), 'q_norm', numHeads);
  const own = {
    keys: reshaped(graph, rotated(part(width, kvWidth), 'k_norm', numKvHeads), -1, kvWidth),
    values: part(width + kvWidth, kvWidth),
  };
  const all = (which: 'keys' | 'values') => {
    const known = builder.input(`${which}.${layer}`, 'float32', ['known', kvWidth]);
    builder.node('Identity', [own[which]], { outputs: [`new ${which}.${layer}`] });
    builder.output(`new ${which}.${layer}`, 'float32', ['T', kvWidth]);
    const joined = op(graph, 'Concat', [known, own[which]], { attributes: { axis: { int: 0 } } });
    return reshaped(graph, joined, -1, numKvHeads, 1, headDim);
  };
  const group = numHeads / numKvHeads;
  const mixed = attention(
    graph,
    {
      q: turned(graph, reshaped(graph, q, -1, numKvHeads, group, headDim), 1, 2, 0, 3),
      k: turned(graph, all('keys'), 1, 2, 3, 0),
      v: turned(graph, all('values'), 1, 2, 0, 3),
    },
    headDim,
    mask,
  );
  const attended = reshaped(graph, turned(graph, mixed, 2, 0, 1, 3), -1, width);
  return linear(graph, attended, `${name}.attn_out.weight`, { columns: width });
}

/** [T, heads, D], normed: each head (`qwen3`), the whole vector (`olmo`), or not at all. */
function headNorm(
  graph: Graph,
  { qkNorm, headDim, layerNormEps }: TextConfig,
  y: string,
  weight: string,
  heads: number,
): string {
  const inHeads = (z: string) => reshaped(graph, z, -1, heads, headDim);
  if (qkNorm === 'olmo') return inHeads(rmsNorm(graph, y, weight, layerNormEps));
  return qkNorm === null ? inHeads(y) : rmsNorm(graph, inHeads(y), weight, layerNormEps);
}

/** x [T, heads, D], of whose heads the pairs (i, i + D/2) are turned by the angle of their position. */
function rotate(graph: Graph, x: string, { cos, sin }: Rotation, headDim: number): string {
  const [a, b] = [`first of ${x}`, `second of ${x}`];
  const split = graph.builder.constant('int64', [2], BigInt64Array.of(...halves(headDim)));
  graph.builder.node('Split', [x, split], { attributes: { axis: { int: -1 } }, outputs: [a, b] });
  const times = (y: string, z: string) => op(graph, 'Mul', [y, z]);
  const first = op(graph, 'Sub', [times(a, cos), times(b, sin)]);
  const second = op(graph, 'Add', [times(b, cos), times(a, sin)]);
  return op(graph, 'Concat', [first, second], { attributes: { axis: { int: -1 } } });
}

function halves(headDim: number): [bigint, bigint] {
  return [BigInt(headDim / 2), BigInt(headDim / 2)];
}
