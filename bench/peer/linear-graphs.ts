// Graphs of single operators: matrix products and layer norm.

import { graphBuilder, type GraphBuilder } from '../../src/onnx/graph-builder.ts';
import type { OnnxType } from '../../src/onnx/onnx-writer.ts';
import { floats, type FloatType } from './graph-floats.ts';
import type { Q4Blocks } from './q4-blocks.ts';

/**
 * How a MatMulNBits may round its activations: 0 leaves the choice to the runtime, 1 asks for f32, 4 allows 8-bit
 * integers in blocks, which differs from f32 by about 4e-3 of the largest value.
 */
export type AccuracyLevel = 0 | 1 | 4;

/** What a graph of quantised weights computes in. */
export interface Precision {
  readonly level: AccuracyLevel;
  readonly type: FloatType;
}

/** x W^T of weights in 4 bits. */
export function q4Linear(
  graph: GraphBuilder,
  x: string,
  weight: Q4Blocks,
  { level, type }: Precision,
  output?: string,
): string {
  const { rows: N, columns: K, codes, scales } = weight;
  return graph.node(
    'MatMulNBits',
    [x, graph.constant('uint8', [N, K / 32, 16], codes), floats(graph, type, [N, K / 32], scales)],
    {
      microsoft: true,
      attributes: {
        K: { int: K },
        N: { int: N },
        bits: { int: 4 },
        block_size: { int: 32 },
        accuracy_level: { int: level },
      },
      ...(output === undefined ? {} : { outputs: [output] }),
    },
  );
}

/** y [rows, N] = x [rows, K] W^T with `weight` [N, K] in 4 bits. */
export function q4LinearModel(rows: number, weight: Q4Blocks, precision: Precision): Uint8Array<ArrayBuffer> {
  const graph = graphBuilder();
  const x = graph.input('x', precision.type, [rows, weight.columns]);
  q4Linear(graph, x, weight, precision, 'y');
  graph.output('y', precision.type, [rows, weight.rows]);
  return graph.bytes();
}

/** A matrix [N, K] as [K, N], the order that MatMul reads. */
export function transposed(values: Float32Array, rows: number, columns: number): Float32Array<ArrayBuffer> {
  const out = new Float32Array(rows * columns);
  for (let n = 0; n < rows; n++)
    for (let k = 0; k < columns; k++) out[k * rows + n] = values[n * columns + k] ?? 0;
  return out;
}

export interface DenseWeight {
  /** [N, K], row after row. */
  readonly values: Float32Array;
  readonly rows: number;
  readonly columns: number;
  readonly bias: Float32Array | null;
}

/** x W^T + bias of f32 weights. */
export function denseLinear(graph: GraphBuilder, x: string, weight: DenseWeight, output?: string): string {
  const { values, rows: N, columns: K, bias } = weight;
  const named = output === undefined ? {} : { outputs: [output] };
  const w = graph.constant('float32', [K, N], transposed(values, N, K));
  if (!bias) return graph.node('MatMul', [x, w], named);
  return graph.node('Add', [graph.node('MatMul', [x, w]), graph.constant('float32', [N], bias)], named);
}

/** y [rows, N] = x [rows, K] W^T + bias in f32. */
export function denseLinearModel(rows: number, weight: DenseWeight): Uint8Array<ArrayBuffer> {
  const graph = graphBuilder();
  const x = graph.input('x', 'float32', [rows, weight.columns]);
  denseLinear(graph, x, weight, 'y');
  graph.output('y', 'float32', [rows, weight.rows]);
  return graph.bytes();
}

export function layerNorm(
  graph: GraphBuilder,
  x: string,
  weight: Float32Array,
  bias: Float32Array,
  eps: number,
  output?: string,
): string {
  const type: OnnxType = 'float32';
  const scale = graph.constant(type, [weight.length], weight);
  const shift = graph.constant(type, [bias.length], bias);
  return graph.node('LayerNormalization', [x, scale, shift], {
    attributes: { axis: { int: -1 }, epsilon: { float: eps } },
    ...(output === undefined ? {} : { outputs: [output] }),
  });
}

/** Layer norm of each row of x [rows, C]. */
export function layerNormModel(
  rows: number,
  weight: Float32Array,
  bias: Float32Array,
  eps: number,
): Uint8Array<ArrayBuffer> {
  const graph = graphBuilder();
  const x = graph.input('x', 'float32', [rows, weight.length]);
  layerNorm(graph, x, weight, bias, eps, 'y');
  graph.output('y', 'float32', [rows, weight.length]);
  return graph.bytes();
}
