// Builds an ONNX graph operator by operator; every call gives the name of what it makes.

import { encodeHalves } from '../../src/weights/formats/half.ts';
import { onnxModel, type OnnxAttribute, type OnnxNode, type OnnxType } from './onnx-writer.ts';
import type { OnnxInitializer, OnnxValue } from './onnx-writer.ts';

/** What a graph computes in. */
export type FloatType = Extract<OnnxType, 'float32' | 'float16'>;

export interface NodeOptions {
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
  /** One of the runtime's own operators. */
  readonly microsoft?: boolean;
  /** Names of the outputs, where they matter: those of the graph, or of a node with several. An empty name leaves one out. */
  readonly outputs?: readonly string[];
}

export interface GraphBuilder {
  input(name: string, type: OnnxType, dims: readonly (number | string)[]): string;
  output(name: string, type: OnnxType, dims: readonly (number | string)[]): void;
  constant(type: OnnxType, dims: readonly number[], data: ArrayBufferView): string;
  /** Real numbers in the precision of the graph. */
  floats(type: FloatType, dims: readonly number[], values: Float32Array): string;
  /** The name of the operator's first output. */
  node(op: string, inputs: readonly string[], options?: NodeOptions): string;
  /** The model file. */
  bytes(): Uint8Array<ArrayBuffer>;
}

/** Values rounded to 16-bit floats. */
export function halves(values: Float32Array): Uint16Array<ArrayBuffer> {
  const out = new Uint16Array(values.length);
  encodeHalves(values, out);
  return out;
}

export function graphBuilder(): GraphBuilder {
  const nodes: OnnxNode[] = [];
  const initializers: OnnxInitializer[] = [];
  const inputs: OnnxValue[] = [];
  const outputs: OnnxValue[] = [];
  return {
    input(name, type, dims) {
      inputs.push({ name, type, dims });
      return name;
    },
    output(name, type, dims) {
      outputs.push({ name, type, dims });
    },
    constant(type, dims, data) {
      const name = `constant ${initializers.length}`;
      initializers.push({ name, type, dims, data });
      return name;
    },
    floats(type, dims, values) {
      return this.constant(type, dims, type === 'float32' ? values : halves(values));
    },
    node(op, inputNames, { attributes = {}, microsoft = false, outputs: names } = {}) {
      const made = names ?? [`${op} ${nodes.length}`];
      const domain = microsoft ? 'com.microsoft' : '';
      nodes.push({ op, domain, inputs: inputNames, outputs: made, attributes });
      return made[0] ?? '';
    },
    bytes: () => onnxModel({ nodes, initializers, inputs, outputs }),
  };
}
