// Builds an ONNX graph operator by operator; every call gives the name of what it makes.

import { onnxModel, type OnnxAttribute, type OnnxNode, type OnnxType } from './onnx-writer.ts';
import type { OnnxInitializer, OnnxValue } from './onnx-writer.ts';

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
  /** The name of the operator's first output. */
  node(op: string, inputs: readonly string[], options?: NodeOptions): string;
  /** The model file. */
  bytes(): Uint8Array<ArrayBuffer>;
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
    node(op, inputNames, { attributes = {}, microsoft = false, outputs: names } = {}) {
      const made = names ?? [`${op} ${nodes.length}`];
      const domain = microsoft ? 'com.microsoft' : '';
      nodes.push({ op, domain, inputs: inputNames, outputs: made, attributes });
      return made[0] ?? '';
    },
    bytes: () => onnxModel({ nodes, initializers, inputs, outputs }),
  };
}
