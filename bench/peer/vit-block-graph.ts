// One encoder block of the vision tower as a graph: layer norm, attention with biases, tanh GELU, two residuals. The
// provider's own fused operators are used wherever it has one, as its exporters do.

import { graphBuilder, type GraphBuilder } from '../../src/onnx/graph-builder.ts';
import { denseLinear, transposed } from './linear-graphs.ts';

/** Values of the checkpoint's tensors, matrices [N, K] row after row. */
export interface VitBlockWeights {
  get(name: string): Float32Array;
}

export interface VitBlockShape {
  readonly rows: number;
  readonly width: number;
  readonly hidden: number;
  readonly heads: number;
  readonly headDim: number;
  readonly eps: number;
}

/**
 * The provider's fused operator, or the products and the softmax one by one: with 64 rows and more the fused one is wrong
 * where subgroups have four lanes.
 */
export type AttentionForm = 'MultiHeadAttention' | 'MatMul and Softmax';

/** y [1, rows, width] = block(x [1, rows, width]); all rows see each other. */
export function vitBlockModel(
  shape: VitBlockShape,
  weights: VitBlockWeights,
  form: AttentionForm,
): Uint8Array<ArrayBuffer> {
  const { rows, width, hidden, heads, headDim, eps } = shape;
  const graph = graphBuilder();
  const x = graph.input('x', 'float32', [1, rows, width]);
  const vector = (name: string) => {
    const values = weights.get(name);
    return graph.constant('float32', [values.length], values);
  };
  const layer = (from: string, name: string, rowsOut: number, columns: number) =>
    denseLinear(graph, from, {
      values: weights.get(`${name}.weight`),
      rows: rowsOut,
      columns,
      bias: weights.get(`${name}.bias`),
    });
  const inner = heads * headDim;
  const normed = graph.node(
    'LayerNormalization',
    [x, vector('attention_norm.weight'), vector('attention_norm.bias')],
    {
      attributes: { axis: { int: -1 }, epsilon: { float: eps } },
    },
  );
  const [q, k, v] = ['wq', 'wk', 'wv'].map((name) => layer(normed, `attention.${name}`, inner, width));
  const attended = attention(graph, form, { q: q ?? '', k: k ?? '', v: v ?? '' }, shape);
  const projected = withoutBias(graph, attended, weights.get('attention.wo.weight'), width, inner);
  // Adds the residual and the projection's bias, and leaves the sum behind for the next residual.
  const again = graph.node(
    'SkipLayerNormalization',
    [x, projected, vector('ffn_norm.weight'), vector('ffn_norm.bias'), vector('attention.wo.bias')],
    { microsoft: true, attributes: { epsilon: { float: eps } }, outputs: ['again', '', '', 'residual'] },
  );
  const up = withoutBias(graph, again, weights.get('feed_forward.w1.weight'), hidden, width);
  const active = graph.node('FastGelu', [up, vector('feed_forward.w1.bias')], { microsoft: true });
  const down = layer(active, 'feed_forward.w2', width, hidden);
  graph.node('Add', ['residual', down], { outputs: ['y'] });
  graph.output('y', 'float32', [1, rows, width]);
  return graph.bytes();
}

function withoutBias(graph: GraphBuilder, x: string, values: Float32Array, n: number, k: number): string {
  return graph.node('MatMul', [x, graph.constant('float32', [k, n], transposed(values, n, k))]);
}

/** Every row of q [1, rows, heads * headDim] over all rows of k and v. */
function attention(
  graph: GraphBuilder,
  form: AttentionForm,
  { q, k, v }: { readonly q: string; readonly k: string; readonly v: string },
  { rows, heads, headDim }: VitBlockShape,
): string {
  if (form === 'MultiHeadAttention')
    return graph.node('MultiHeadAttention', [q, k, v], {
      microsoft: true,
      attributes: { num_heads: { int: heads } },
    });
  const sizes = (...dims: readonly number[]) =>
    graph.constant('int64', [dims.length], BigInt64Array.from(dims, BigInt));
  const perHead = sizes(1, rows, heads, headDim);
  const turned = (x: string, perm: readonly number[]) =>
    graph.node('Transpose', [x], { attributes: { perm: { ints: perm } } });
  const inHeads = (x: string, perm: readonly number[]) => turned(graph.node('Reshape', [x, perHead]), perm);
  const scores = graph.node('MatMul', [inHeads(q, [0, 2, 1, 3]), inHeads(k, [0, 2, 3, 1])]);
  const scale = graph.constant('float32', [1], Float32Array.of(1 / Math.sqrt(headDim)));
  const shares = graph.node('Softmax', [graph.node('Mul', [scores, scale])], {
    attributes: { axis: { int: -1 } },
  });
  const mixed = graph.node('MatMul', [shares, inHeads(v, [0, 2, 1, 3])]);
  return graph.node('Reshape', [turned(mixed, [0, 2, 1, 3]), sizes(1, rows, heads * headDim)]);
}
