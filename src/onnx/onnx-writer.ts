// Writes ONNX models. A model is a protocol buffer message, and of that format this file knows what a graph of plain
// operators needs. Field numbers and enum values are those of onnx.proto, version 1.

export type OnnxType = 'float32' | 'float16' | 'uint8' | 'int32' | 'int64';

/** Exactly one of the fields is set; a number alone would not say whether it is an integer. */
export type OnnxAttribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly ints: readonly number[] }
  | { readonly string: string };

export interface OnnxNode {
  readonly op: string;
  /** Empty for ONNX itself, 'com.microsoft' for the runtime's own operators. */
  readonly domain: string;
  /** Names; an optional input that is left out is an empty name. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

/** A constant of the graph. */
export interface OnnxInitializer {
  readonly name: string;
  readonly type: OnnxType;
  readonly dims: readonly number[];
  /** Little-endian values, row after row. */
  readonly data: ArrayBufferView;
}

/** What goes in or comes out; a name in place of a size is a size that the caller chooses. */
export interface OnnxValue {
  readonly name: string;
  readonly type: OnnxType;
  readonly dims: readonly (number | string)[];
}

export interface OnnxGraph {
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxInitializer[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
}

const irVersion = 10;
const opsets: Readonly<Record<string, number>> = { '': 21, 'com.microsoft': 1 };
const dataTypes: Readonly<Record<OnnxType, number>> = {
  float32: 1,
  uint8: 2,
  int32: 6,
  int64: 7,
  float16: 10,
};
const bytesPerElement: Readonly<Record<OnnxType, number>> = {
  float32: 4,
  uint8: 1,
  int32: 4,
  int64: 8,
  float16: 2,
};
const attributeTypes = { float: 1, int: 2, string: 3, ints: 7 } as const;

const largestModel = 2 ** 31 - 1; // a protocol buffer cannot be longer

/** Pieces of a message in order. Large data stays where it is until the whole model is joined. */
interface Message {
  readonly pieces: readonly Uint8Array[];
  readonly byteLength: number;
}

function joined(messages: readonly Message[]): Message {
  return {
    pieces: messages.flatMap(({ pieces }) => pieces),
    byteLength: messages.reduce((sum, { byteLength }) => sum + byteLength, 0),
  };
}

function bytes(piece: Uint8Array): Message {
  return { pieces: [piece], byteLength: piece.byteLength };
}

/** Seven bits to a byte, lowest first; a negative number as the 64 bits of its two's complement. */
function varint(value: number): number[] {
  const out: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  do {
    const low = Number(rest & 127n);
    rest >>= 7n;
    out.push(rest > 0n ? low | 128 : low);
  } while (rest > 0n);
  return out;
}

const wire = { varint: 0, delimited: 2, fixed32: 5 } as const;

function tag(field: number, type: number): number[] {
  return varint(field * 8 + type);
}

function intField(field: number, value: number): Message {
  return bytes(Uint8Array.from([...tag(field, wire.varint), ...varint(value)]));
}

function floatField(field: number, value: number): Message {
  const four = new Uint8Array(Float32Array.of(value).buffer);
  return bytes(Uint8Array.from([...tag(field, wire.fixed32), ...four]));
}

function messageField(field: number, ...content: readonly Message[]): Message {
  const body = joined(content);
  const head = Uint8Array.from([...tag(field, wire.delimited), ...varint(body.byteLength)]);
  return joined([bytes(head), body]);
}

function textField(field: number, text: string): Message {
  return messageField(field, bytes(new TextEncoder().encode(text)));
}

function attributeMessage(name: string, attribute: OnnxAttribute): Message[] {
  const typed = (type: keyof typeof attributeTypes, ...value: readonly Message[]) => [
    textField(1, name),
    ...value,
    intField(20, attributeTypes[type]),
  ];
  if ('int' in attribute) return typed('int', intField(3, attribute.int));
  if ('float' in attribute) return typed('float', floatField(2, attribute.float));
  if ('string' in attribute) return typed('string', textField(4, attribute.string));
  return typed('ints', ...attribute.ints.map((value) => intField(8, value)));
}

function nodeMessage(node: OnnxNode): Message[] {
  return [
    ...node.inputs.map((name) => textField(1, name)),
    ...node.outputs.map((name) => textField(2, name)),
    textField(3, node.outputs[0] ?? node.op),
    textField(4, node.op),
    ...Object.entries(node.attributes).map(([name, value]) =>
      messageField(5, ...attributeMessage(name, value)),
    ),
    textField(7, node.domain),
  ];
}

function tensorMessage({ name, type, dims, data }: OnnxInitializer): Message[] {
  const expected = dims.reduce((product, size) => product * size, 1) * bytesPerElement[type];
  if (data.byteLength !== expected)
    throw new RangeError(
      `${name} [${dims.join(', ')}] of ${type} takes ${expected} bytes, got ${data.byteLength}.`,
    );
  return [
    ...dims.map((size) => intField(1, size)),
    intField(2, dataTypes[type]),
    textField(8, name),
    messageField(9, bytes(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))),
  ];
}

function valueMessage({ name, type, dims }: OnnxValue): Message[] {
  const sizes = dims.map((size) =>
    messageField(1, typeof size === 'string' ? textField(2, size) : intField(1, size)),
  );
  const tensorType = messageField(1, intField(1, dataTypes[type]), messageField(2, ...sizes));
  return [textField(1, name), messageField(2, tensorType)];
}

/** The bytes of a model file. Throws a RangeError for data of another size than its shape, and beyond 2 GB. */
export function onnxModel(graph: OnnxGraph): Uint8Array<ArrayBuffer> {
  const graphMessage = messageField(
    7,
    ...graph.nodes.map((node) => messageField(1, ...nodeMessage(node))),
    textField(2, 'graph'),
    ...graph.initializers.map((tensor) => messageField(5, ...tensorMessage(tensor))),
    ...graph.inputs.map((value) => messageField(11, ...valueMessage(value))),
    ...graph.outputs.map((value) => messageField(12, ...valueMessage(value))),
  );
  const model = joined([
    intField(1, irVersion),
    textField(2, 'molmo2-webgpu'),
    graphMessage,
    ...Object.entries(opsets).map(([domain, version]) =>
      messageField(8, textField(1, domain), intField(2, version)),
    ),
  ]);
  if (model.byteLength > largestModel)
    throw new RangeError(
      `The model takes ${model.byteLength} bytes, but an ONNX file holds ${largestModel}. Use fewer layers.`,
    );
  const file = new Uint8Array(model.byteLength);
  let at = 0;
  for (const piece of model.pieces) {
    file.set(piece, at);
    at += piece.byteLength;
  }
  return file;
}
