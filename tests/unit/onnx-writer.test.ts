import { expect, test } from 'vitest';
import { graphBuilder } from '../../src/onnx/graph-builder.ts';
import { onnxModel } from '../../src/onnx/onnx-writer.ts';

/** Fields of a protocol buffer message: numbers of varints, bytes of everything else, in order. */
function fields(message: Uint8Array): Map<number, (bigint | Uint8Array)[]> {
  const found = new Map<number, (bigint | Uint8Array)[]>();
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message[at++]!;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const key = Number(varint());
    const type = key & 7;
    let value: bigint | Uint8Array;
    if (type === 0) value = varint();
    else {
      const length = type === 5 ? 4 : Number(varint());
      value = message.subarray(at, (at += length));
    }
    found.set(key >> 3, [...(found.get(key >> 3) ?? []), value]);
  }
  return found;
}

const text = (value: bigint | Uint8Array | undefined) => new TextDecoder().decode(value as Uint8Array);
const inside = (value: bigint | Uint8Array | undefined) => fields(value as Uint8Array);

test('a model names its opsets and holds one graph', () => {
  const model = fields(onnxModel({ nodes: [], initializers: [], inputs: [], outputs: [] }));
  expect(model.get(1)).toEqual([10n]);
  expect(model.get(7)).toHaveLength(1);
  expect(model.get(8)!.map((opset) => [text(inside(opset).get(1)![0]), inside(opset).get(2)![0]])).toEqual([
    ['', 21n],
    ['com.microsoft', 1n],
  ]);
});

test('a node keeps its domain, the order of its inputs with gaps, and attributes of every kind', () => {
  const graph = graphBuilder();
  const x = graph.input('x', 'float32', ['rows', 4]);
  graph.node('Op', [x, '', x], {
    microsoft: true,
    attributes: { n: { int: -2 }, e: { float: 0.5 }, p: { ints: [3, 200] }, s: { string: 'tanh' } },
    outputs: ['y'],
  });
  const node = inside(inside(fields(graph.bytes()).get(7)![0]).get(1)![0]);
  expect(node.get(1)!.map(text)).toEqual(['x', '', 'x']);
  expect(node.get(2)!.map(text)).toEqual(['y']);
  expect([text(node.get(4)![0]), text(node.get(7)![0])]).toEqual(['Op', 'com.microsoft']);
  const attributes = new Map(node.get(5)!.map((one) => [text(inside(one).get(1)![0]), inside(one)]));
  expect(BigInt.asIntN(64, attributes.get('n')!.get(3)![0] as bigint)).toBe(-2n);
  const half = attributes.get('e')!.get(2)![0] as Uint8Array;
  expect(new DataView(half.buffer, half.byteOffset).getFloat32(0, true)).toBe(0.5);
  expect(attributes.get('p')!.get(8)).toEqual([3n, 200n]);
  expect(text(attributes.get('s')!.get(4)![0])).toBe('tanh');
  expect([...attributes.values()].map((one) => one.get(20)![0])).toEqual([2n, 1n, 7n, 3n]);
});

test('sizes that a caller chooses are names, others are numbers', () => {
  const graph = graphBuilder();
  graph.input('x', 'float16', ['rows', 300]);
  const value = inside(inside(fields(graph.bytes()).get(7)![0]).get(11)![0]);
  const type = inside(inside(value.get(2)![0]).get(1)![0]);
  expect(type.get(1)).toEqual([10n]);
  const [rows, columns] = inside(type.get(2)![0]).get(1)!;
  expect(text(inside(rows).get(2)![0])).toBe('rows');
  expect(inside(columns).get(1)).toEqual([300n]);
});

test('a constant carries its bytes unchanged, also from the middle of a buffer', () => {
  const graph = graphBuilder();
  graph.constant('float32', [2], new Float32Array([9, 1.5, -2]).subarray(1));
  const tensor = inside(inside(fields(graph.bytes()).get(7)![0]).get(5)![0]);
  expect(tensor.get(1)).toEqual([2n]);
  expect(tensor.get(9)).toEqual([new Uint8Array(new Float32Array([1.5, -2]).buffer)]);
});

test('data of another size than its shape is refused', () => {
  const graph = graphBuilder();
  graph.constant('int64', [3], new BigInt64Array(2));
  expect(() => graph.bytes()).toThrow(/takes 24 bytes, got 16/);
});
