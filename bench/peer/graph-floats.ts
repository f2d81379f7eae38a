// Real numbers of a graph in the precision that it computes in.

import type { GraphBuilder } from '../../src/onnx/graph-builder.ts';
import type { OnnxType } from '../../src/onnx/onnx-writer.ts';
import { encodeHalves } from '../../src/weights/formats/half.ts';

/** What a graph computes in. */
export type FloatType = Extract<OnnxType, 'float32' | 'float16'>;

/** Values rounded to 16-bit floats. */
export function halves(values: Float32Array): Uint16Array<ArrayBuffer> {
  const out = new Uint16Array(values.length);
  encodeHalves(values, out);
  return out;
}

/** The name of a constant. */
export function floats(
  graph: GraphBuilder,
  type: FloatType,
  dims: readonly number[],
  values: Float32Array,
): string {
  return graph.constant(type, dims, type === 'float32' ? values : halves(values));
}
