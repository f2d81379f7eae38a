// One encoder block of the vision tower as a graph: layer norm, attention with biases, tanh GELU, two residuals. The
// provider's own fused operators are used wherever it has one, as its exporters do.

import { graphBuilder, type GraphBuilder } from './graph-builder.ts';
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

/** y [1, rows, width] = block(x [1, rows, width]); all rows see each other. */
export function vitBlockModel(shape: VitBlockShape, weights: VitBlockWeights): Uint8Array<ArrayBuffer> {
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
  const attended = graph.node(
    'MultiHeadAttention',
    [
      layer(normed, 'attention.wq', inner, width),
      layer(normed, 'attention.wk', inner, width),
      layer(normed, 'attention.wv', inner, width),
    ],
    { microsoft: true, attributes: { num_heads: { int: heads } } },
  );
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
