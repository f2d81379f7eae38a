// Attention of a video's prompt as a graph: the mask is added to the scores, since no operator of the provider knows rows
// that see each other in both directions.

import { graphBuilder } from '../../src/onnx/graph-builder.ts';
import type { AttentionForm } from './vit-block-graph.ts';

export interface MaskedShape {
  readonly tokens: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
}

/**
 * y [1, T, H * D] of q [1, T, H * D], k and v; `mask` [1, 1, T, T] is added to the scores. The fused operator has as many key
 * heads as query heads, so that it reads k and v [1, T, H * D] with each head repeated; the products one by one read
 * [1, T, K * D] once for all the query heads that share a key head.
 */
export function maskedAttentionModel(shape: MaskedShape, form: AttentionForm): Uint8Array<ArrayBuffer> {
  return form === 'MultiHeadAttention' ? fused(shape) : separate(shape);
}

/** Key heads of the inputs k and v. */
export function inputHeads({ heads, kvHeads }: MaskedShape, form: AttentionForm): number {
  return form === 'MultiHeadAttention' ? heads : kvHeads;
}

function fused({ tokens: T, heads, headDim }: MaskedShape): Uint8Array<ArrayBuffer> {
  const graph = graphBuilder();
  const dims = [1, T, heads * headDim];
  const [q, k, v] = ['q', 'k', 'v'].map((name) => graph.input(name, 'float32', dims));
  const mask = graph.input('mask', 'float32', [1, 1, T, T]);
  graph.node('MultiHeadAttention', [q ?? '', k ?? '', v ?? '', '', '', mask], {
    microsoft: true,
    attributes: { num_heads: { int: heads } },
    outputs: ['y'],
  });
  graph.output('y', 'float32', dims);
  return graph.bytes();
}

function separate({ tokens: T, heads, kvHeads, headDim }: MaskedShape): Uint8Array<ArrayBuffer> {
  const graph = graphBuilder();
  const group = heads / kvHeads;
  const sizes = (...dims: readonly number[]) =>
    graph.constant('int64', [dims.length], BigInt64Array.from(dims, BigInt));
  const turned = (x: string, perm: readonly number[]) =>
    graph.node('Transpose', [x], { attributes: { perm: { ints: perm } } });
  const q = graph.input('q', 'float32', [1, T, heads * headDim]);
  const keyDims = [1, T, kvHeads * headDim];
  const inKeyHeads = (name: string, perm: readonly number[]) =>
    turned(
      graph.node('Reshape', [graph.input(name, 'float32', keyDims), sizes(T, kvHeads, 1, headDim)]),
      perm,
    );
  const queries = turned(graph.node('Reshape', [q, sizes(T, kvHeads, group, headDim)]), [1, 2, 0, 3]);
  const scores = graph.node('MatMul', [queries, inKeyHeads('k', [1, 2, 3, 0])]); // [K, group, T, T]
  const scale = graph.constant('float32', [1], Float32Array.of(1 / Math.sqrt(headDim)));
  const masked = graph.node('Add', [
    graph.node('Mul', [scores, scale]),
    graph.input('mask', 'float32', [1, 1, T, T]),
  ]);
  const shares = graph.node('Softmax', [masked], { attributes: { axis: { int: -1 } } });
  const mixed = graph.node('MatMul', [shares, inKeyHeads('v', [1, 2, 0, 3])]);
  graph.node('Reshape', [turned(mixed, [2, 0, 1, 3]), sizes(1, T, heads * headDim)], { outputs: ['y'] });
  graph.output('y', 'float32', [1, T, heads * headDim]);
  return graph.bytes();
}
