import { afterAll, beforeAll, expect, test } from 'vitest';
import { relativeError } from '../../bench/measure/check.ts';
import { decoderBlock, decoderHead, matrixValues } from '../../bench/cases/decoder-reference.ts';
import { layerNormed, products } from '../../bench/cases/reference-math.ts';
import { cutModel } from '../../bench/cases/released-shapes.ts';
import { decodeStepModel } from '../../bench/peer/decoder-graph.ts';
import { graphBuilder } from '../../src/onnx/graph-builder.ts';
import { denseLinearModel, layerNormModel, q4LinearModel } from '../../bench/peer/linear-graphs.ts';
import { openPeer } from '../../bench/peer/open-peer.ts';
import { inPrecision, peerPrecisions } from '../../bench/peer/precisions.ts';
import { q4Blocks } from '../../bench/peer/q4-blocks.ts';
import { randomFloats } from '../../bench/inputs/random.ts';
import { randomWeights } from '../../bench/inputs/random-weights.ts';
import { randomMatrixBytes } from '../../bench/inputs/stored-matrix.ts';
import type { Peer, PeerTensor } from '../../bench/measure/types.ts';
import { ropeTables } from '../../src/decoder/rope-table.ts';
import { GpuRunner } from '../../src/gpu/runner.ts';
import { decodeMatrix } from '../../src/weights/formats/formats.ts';
import { expectedTensors } from '../../src/weights/checkpoint/tensor-names.ts';

let runner: GpuRunner;
let peer: Peer;

beforeAll(async () => {
  runner = await GpuRunner.open();
  peer = await openPeer(runner.device);
});
afterAll(() => runner.destroy());

const exact = 1e-5;
const floats = (shape: readonly number[], data: Float32Array): PeerTensor => ({
  type: 'float32',
  shape,
  data,
});

async function outputOf(
  model: Uint8Array,
  inputs: Record<string, PeerTensor>,
  output = 'y',
): Promise<Float32Array> {
  const session = await peer.session(model);
  const values = (await session.run(inputs))[output];
  await session.close();
  return values!;
}

test('the peer runs on our device and says its version', () => {
  expect(peer.name).toMatch(/^onnxruntime-web 1\.30\.\d+ WebGPU$/);
});

test('f32 products with a bias are right', async () => {
  const [rows, k, n] = [5, 36, 20];
  const x = randomFloats(1, rows * k);
  const values = randomFloats(2, n * k);
  const bias = randomFloats(3, n);
  const model = denseLinearModel(rows, { values, rows: n, columns: k, bias });
  const y = await outputOf(model, { x: floats([rows, k], x) });
  expect(relativeError(y, products(Float64Array.from(x), values, k, bias))).toBeLessThan(exact);
});

test('q4 products multiply by our weights in every precision that the device has', async () => {
  const [rows, k, n] = [3, 128, 160];
  const x = randomFloats(4, rows * k);
  const stored = randomMatrixBytes('q4', n, k, 5);
  const expected = products(Float64Array.from(x), decodeMatrix('q4', stored, n, k), k);
  for (const { name, limit, ...precision } of peerPrecisions(runner.device.features.has('shader-f16'))) {
    const inputs = inPrecision({ x: floats([rows, k], x) }, precision.type);
    const y = await outputOf(q4LinearModel(rows, q4Blocks(stored, n, k), precision), inputs);
    const least = name === 'float32, accuracy level 0' ? exact : limit;
    expect(relativeError(y, expected), name).toBeLessThan(least);
  }
});

test('a contender keeps its name, waits for the GPU and runs as often as asked', async () => {
  const model = layerNormModel(2, randomFloats(1, 8), randomFloats(2, 8), 1e-6);
  const session = await peer.session(model);
  const contender = await session.contender('norm', { x: floats([2, 8], randomFloats(3, 16)) });
  expect(contender.name).toMatch(/^norm(, graph capture)?$/);
  await contender.run(3);
  await session.close();
  await expect(contender.run(1)).rejects.toThrow();
});

test('layer norm is right', async () => {
  const [rows, c] = [3, 72];
  const x = randomFloats(6, rows * c);
  const [weight, bias] = [randomFloats(7, c), randomFloats(8, c)];
  const y = await outputOf(layerNormModel(rows, weight, bias, 1e-6), { x: floats([rows, c], x) });
  expect(relativeError(y, layerNormed(Float64Array.from(x), weight, bias, 1e-6))).toBeLessThan(exact);
});

test('a decode step over a cache that is written in place is right', async () => {
  const [cached, slots, vocabulary] = [5, 8, 64];
  const whole = cutModel({ layers: 2, vocabulary });
  const text = {
    ...whole.text,
    hiddenSize: 64,
    intermediateSize: 96,
    numHeads: 4,
    numKvHeads: 2,
    headDim: 32,
  };
  const shapes = [...expectedTensors({ ...whole, text })].filter(
    ([name]) => !name.includes('vision_backbone'),
  );
  const weights = await randomWeights(runner, new Map(shapes), 'q4', 1);
  const { numKvHeads: K, headDim: D } = text;
  const filled = [0, 1].map((layer) => ({
    k: randomFloats(20 + layer, cached * K * D),
    v: randomFloats(30 + layer, cached * K * D),
  }));
  const pairs = ropeTables(text, slots).plain;
  const model = decodeStepModel(
    {
      layers: 2,
      width: text.hiddenSize,
      intermediate: text.intermediateSize,
      heads: text.numHeads,
      kvHeads: K,
      headDim: D,
      eps: text.layerNormEps,
      cached,
      slots,
    },
    {
      vector: (name) => weights.vector(name),
      rows(name, firstRow, count) {
        const { bytes, rows, columns } = weights.stored(name);
        return q4Blocks(bytes, rows, columns, firstRow, count);
      },
      cos: pairs.filter((_, i) => i % 2 === 0),
      sin: pairs.filter((_, i) => i % 2 === 1),
    },
    vocabulary,
    { level: 0, type: 'float32' },
  );
  const inHeads = (values: Float32Array) => {
    const data = new Float32Array(K * slots * D);
    for (let s = 0; s < cached; s++)
      for (let head = 0; head < K; head++)
        data.set(values.subarray((s * K + head) * D, (s * K + head + 1) * D), (head * slots + s) * D);
    return floats([1, K, slots, D], data);
  };
  const id = 7;
  const inputs: Record<string, PeerTensor> = {
    id: { type: 'int64', shape: [1, 1], data: BigInt64Array.of(BigInt(id)) },
    cached: { type: 'int32', shape: [1, 1], data: Int32Array.of(cached) },
  };
  filled.forEach(({ k, v }, layer) => {
    inputs[`past.${layer}.key`] = inHeads(k);
    inputs[`past.${layer}.value`] = inHeads(v);
  });
  const C = text.hiddenSize;
  const table = matrixValues(weights, 'model.transformer.wte.embedding');
  const angles = pairs.subarray(cached * D);
  const start = Float64Array.from(table.subarray(id * C, (id + 1) * C));
  const last = filled.reduce<Float64Array>(
    (x, values, layer) => decoderBlock(text, weights, layer, x, values, angles),
    start,
  );
  const expected = decoderHead(text, weights, last);
  expect(relativeError(await outputOf(model, inputs, 'logits'), expected)).toBeLessThan(exact);
  weights.destroy();
});

test('an operator that only the processor has is an error, not a slow row', async () => {
  const graph = graphBuilder();
  graph.node('Det', [graph.input('x', 'float32', [2, 2])], { outputs: ['y'] });
  graph.output('y', 'float32', []);
  await expect(outputOf(graph.bytes(), { x: floats([2, 2], new Float32Array(4)) })).rejects.toThrow(
    /fallback to CPU EP has been explicitly disabled/,
  );
});

test('an input that the model reads and nobody gives is named', async () => {
  const model = layerNormModel(1, randomFloats(1, 8), randomFloats(2, 8), 1e-6);
  await expect(outputOf(model, {})).rejects.toThrow(/"x"/);
});
