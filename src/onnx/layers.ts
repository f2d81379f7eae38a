// The layers that the graphs of a model are made of, all over rows [rows, columns] of f32.

import type { GraphBuilder, NodeOptions } from './graph-builder.ts';

/** A graph under way, and the weights that it takes. */
export interface Graph {
  readonly builder: GraphBuilder;
  /** A tensor by its name in the checkpoint, row after row. */
  readonly tensor: (name: string) => Float32Array;
}

export function op(
  { builder }: Graph,
  name: string,
  inputs: readonly string[],
  options: NodeOptions = {},
): string {
  return builder.node(name, inputs, options);
}

/** Sizes for a Reshape; 0 keeps a size, -1 is what is left. */
export function sizes({ builder }: Graph, ...dims: readonly number[]): string {
  return builder.constant('int64', [dims.length], BigInt64Array.from(dims, BigInt));
}

export function reshaped(graph: Graph, x: string, ...dims: readonly number[]): string {
  return op(graph, 'Reshape', [x, sizes(graph, ...dims)]);
}

export function turned(graph: Graph, x: string, ...perm: readonly number[]): string {
  return op(graph, 'Transpose', [x], { attributes: { perm: { ints: perm } } });
}

export function number({ builder }: Graph, value: number): string {
  return builder.constant('float32', [1], Float32Array.of(value));
}

export function vector({ builder, tensor }: Graph, name: string): string {
  const values = tensor(name);
  return builder.constant('float32', [values.length], values);
}

/** A matrix [N, K]; `firstRow` and `rows` take a part of one that is several side by side. */
export interface Rows {
  readonly columns: number;
  readonly firstRow?: number;
  readonly rows?: number;
  /** Name of the bias. */
  readonly bias?: string | undefined;
}

/** x [rows, K] W^T + bias. */
export function linear(
  graph: Graph,
  x: string,
  name: string,
  { columns, firstRow = 0, rows, bias }: Rows,
): string {
  const { builder, tensor } = graph;
  const values = tensor(name);
  const count = rows ?? values.length / columns - firstRow;
  const part = (all: Float32Array, width: number) =>
    all.subarray(firstRow * width, (firstRow + count) * width);
  const weight = builder.constant('float32', [count, columns], part(values, columns));
  const added = bias === undefined ? [] : [builder.constant('float32', [count], part(tensor(bias), 1))];
  return op(graph, 'Gemm', [x, weight, ...added], { attributes: { transB: { int: 1 } } });
}

/** Of the last axis, whose size is that of `weight`. */
export function rmsNorm(graph: Graph, x: string, weight: string, eps: number): string {
  return op(graph, 'SimplifiedLayerNormalization', [x, vector(graph, weight)], {
    attributes: { axis: { int: -1 }, epsilon: { float: eps }, stash_type: { int: 1 } },
  });
}

export function layerNorm(graph: Graph, x: string, name: string, eps: number): string {
  return op(
    graph,
    'LayerNormalization',
    [x, vector(graph, `${name}.weight`), vector(graph, `${name}.bias`)],
    { attributes: { axis: { int: -1 }, epsilon: { float: eps } } },
  );
}

/** silu(gate) * value. */
export function gated(graph: Graph, gate: string, value: string): string {
  return op(graph, 'Mul', [op(graph, 'Mul', [gate, op(graph, 'Sigmoid', [gate])]), value]);
}

/**
 * Queries [B, K, group, T, D] over keys [B, K, 1, D, S] and values [B, K, 1, S, D]; `mask` is added to the scores. Query
 * heads that share a key head lie side by side.
 */
export function attention(
  graph: Graph,
  { q, k, v }: { readonly q: string; readonly k: string; readonly v: string },
  headDim: number,
  mask?: string,
): string {
  const scores = op(graph, 'Mul', [op(graph, 'MatMul', [q, k]), number(graph, 1 / Math.sqrt(headDim))]);
  const seen = mask === undefined ? scores : op(graph, 'Add', [scores, mask]);
  const shares = op(graph, 'Softmax', [seen], { attributes: { axis: { int: -1 } } });
  return op(graph, 'MatMul', [shares, v]);
}
