// Decoding at the 4B's width after 1,000 cached tokens, beside the peer: one block, and a whole step with few layers and a
// slice of the vocabulary. Keys and values are f32 on both sides and written in place.

import type { TextConfig } from '../../../src/config.ts';
import { tokenAttention } from '../../../src/decoder/attention.ts';
import { KvCache } from '../../../src/decoder/kv-cache.ts';
import { mlp } from '../../../src/decoder/mlp.ts';
import { ropeTables } from '../../../src/decoder/rope-table.ts';
import { tokenScratch } from '../../../src/decoder/scratch.ts';
import { tokenList } from '../../../src/engine/decode/token-list.ts';
import { Arena, writeTensor } from '../../../src/gpu/arena.ts';
import { argmaxSlices } from '../../../src/kernels/tokens/argmax.ts';
import { matrixBytes } from '../../../src/weights/formats/formats.ts';
import { expectedTensors } from '../../../src/weights/checkpoint/tensor-names.ts';
import { checked } from '../../measure/check.ts';
import { machineOf } from '../../measure/machine.ts';
import { productLimit } from '../../measure/limits.ts';
import { decodeStepModel, decoderBlocksModel, type DecoderWeights } from '../../peer/decoder-graph.ts';
import type { Precision } from '../../peer/linear-graphs.ts';
import { inPrecision, peerPrecisions } from '../../peer/precisions.ts';
import { q4Blocks } from '../../peer/q4-blocks.ts';
import { randomFloats } from '../../inputs/random.ts';
import { randomWeights, type RandomWeights } from '../../inputs/random-weights.ts';
import type { BenchCase, CaseContext, OpenCase, PeerTensor } from '../../measure/types.ts';
import { decoderBlock, decoderHead, matrixValues, type CachedValues } from '../decoder-reference.ts';
import { openShared, type PeerGraph } from './open-shared.ts';
import { cutModel } from '../released-shapes.ts';

const cached = 1000;

export function sharedDecoderCases(): BenchCase[] {
  return [
    blockCase(),
    stepCase({ layers: 1, vocabulary: 4096, software: true }),
    stepCase({ layers: 4, vocabulary: 32768, software: false }),
  ];
}

interface Step {
  readonly layers: number;
  readonly vocabulary: number;
  readonly software: boolean;
}

function blockCase(): BenchCase {
  const { text } = cutModel({ layers: 1 });
  return {
    suite: 'decode',
    name: 'decoder block q4 with the peer',
    shape: `4B width, ${cached} cached tokens`,
    work: { amount: layerBytes(text) / 1e9, unit: 'GB' },
    denominator: 'readGBs',
    software: true,
    worth: 1,
    gpuSec: 5,
    open: openBlock,
  };
}

function stepCase(step: Step): BenchCase {
  const { layers, vocabulary, software } = step;
  const { text } = cutModel({ layers, vocabulary });
  const head = matrixBytes('q4', vocabulary, text.hiddenSize).byteLength;
  return {
    suite: 'decode',
    name: 'decode step q4 with the peer',
    shape: `4B width, ${layers} layers, ${vocabulary} words, ${cached} cached tokens`,
    work: { amount: (layers * layerBytes(text) + head) / 1e9, unit: 'GB' },
    denominator: 'readGBs',
    software,
    worth: software ? 2 : 1,
    gpuSec: 5,
    open: (context) => openStep(context, step),
  };
}

/** What one layer must read: its weights, and the cache in f32. */
function layerBytes(text: TextConfig): number {
  const { hiddenSize: C, intermediateSize: I, numHeads, numKvHeads, headDim } = text;
  const q = numHeads * headDim;
  const kv = numKvHeads * headDim;
  const bytes = (rows: number, columns: number) => matrixBytes('q4', rows, columns).byteLength;
  const weights = bytes(q + 2 * kv, C) + bytes(C, q) + bytes(2 * I, C) + bytes(C, I);
  return weights + 2 * cached * kv * 4;
}

/** A model of the text's tensors only, with a filled cache. */
interface Opened {
  readonly text: TextConfig;
  readonly weights: RandomWeights;
  readonly cache: KvCache;
  readonly filled: readonly CachedValues[];
  /** The token's cosines and sines in pairs. */
  readonly angles: Float32Array;
  close(): void;
}

async function openModel({ runner }: CaseContext, layers: number, vocabulary: number): Promise<Opened> {
  const { device } = runner;
  const config = cutModel({ layers, vocabulary });
  const { text } = config;
  const shapes = [...expectedTensors(config)].filter(([name]) => !name.includes('vision_backbone'));
  const weights = await randomWeights(runner, new Map(shapes), 'q4', 5);
  const cache = new KvCache(device, text, cached + 1, 'f32');
  const width = text.numKvHeads * text.headDim;
  const filled = cache.layers.map(({ k, v }, layer) => {
    const values = {
      k: randomFloats(100 + 2 * layer, cached * width),
      v: randomFloats(101 + 2 * layer, cached * width),
    };
    writeTensor(device, k, values.k);
    writeTensor(device, v, values.v);
    return values;
  });
  cache.length = cached;
  const angles = ropeTables(text, cached + 1).plain.subarray(cached * text.headDim);
  return {
    text,
    weights,
    cache,
    filled,
    angles,
    close() {
      cache.destroy();
      weights.destroy();
    },
  };
}

async function openBlock(context: CaseContext): Promise<OpenCase> {
  const { runner, kernels } = context;
  const model = await openModel(context, 1, 128);
  const { text, weights, cache } = model;
  const arena = new Arena(runner.device, 'bench decoder block');
  const values = randomFloats(6, text.hiddenSize);
  const x = arena.tensor('x', [1, text.hiddenSize]);
  const cursor = arena.tensorOf('cursor', [2], Uint32Array.of(cached, 0));
  const scratch = tokenScratch(kernels, text, arena, cache.capacity);
  const input = { kernels, config: text, weights, layer: 0, x, cursor, cursors: cursor, cache, scratch };
  const graph = (precision: Precision) => () =>
    decoderBlocksModel(peerShape(model), peerWeights(model), precision);
  return openShared(context, {
    name: 'decoder block q4',
    arena,
    lists: [[...tokenAttention(input), ...mlp(input)]],
    reset: () => writeTensor(runner.device, x, values),
    result: async () => new Float32Array(await runner.read(x)),
    compare: async () =>
      checked(
        new Float32Array(await runner.read(x)),
        throughBlocks(model, Float64Array.from(values)),
        productLimit(kernels),
      ),
    peer: {
      graphs: graphs(context, graph, {
        ...peerCache(model),
        x: { type: 'float32', shape: [1, 1, text.hiddenSize], data: values },
      }),
      output: 'y',
    },
    close: () => model.close(),
  });
}

async function openStep(context: CaseContext, { layers, vocabulary }: Step): Promise<OpenCase> {
  const { runner, kernels } = context;
  const model = await openModel(context, layers, vocabulary);
  const { text, weights, cache } = model;
  const arena = new Arena(runner.device, 'bench decode step');
  const id = Math.floor(vocabulary / 3);
  const tensors = {
    id: arena.tensorOf('id', [1], Uint32Array.of(id)),
    cursor: arena.tensorOf('cursor', [2], Uint32Array.of(cached, 0)),
    stops: arena.tensor('stops', [16], 'u32'),
    logits: arena.tensor('logits', [1, vocabulary]),
    best: arena.tensor('best', [argmaxSlices(vocabulary), 2], 'u32'),
  };
  const graph = (precision: Precision) => () =>
    decodeStepModel(peerShape(model), peerWeights(model), vocabulary, precision);
  return openShared(context, {
    name: 'decode step q4',
    arena,
    lists: [tokenList(kernels, text, weights, cache, tensors, arena)],
    result: async () => new Float32Array(await runner.read(tensors.logits)),
    compare: async () => {
      const table = matrixValues(weights, 'model.transformer.wte.embedding');
      const C = text.hiddenSize;
      const x = throughBlocks(model, Float64Array.from(table.subarray(id * C, (id + 1) * C)));
      const logits = decoderHead(text, weights, x);
      return checked(new Float32Array(await runner.read(tensors.logits)), logits, productLimit(kernels));
    },
    peer: {
      graphs: graphs(context, graph, {
        ...peerCache(model),
        id: { type: 'int64', shape: [1, 1], data: BigInt64Array.of(BigInt(id)) },
      }),
      output: 'logits',
    },
    close: () => model.close(),
  });
}

function throughBlocks({ text, weights, filled, angles }: Opened, x: Float64Array): Float64Array {
  return filled.reduce(
    (stream, values, layer) => decoderBlock(text, weights, layer, stream, values, angles),
    x,
  );
}

function graphs(
  { runner }: CaseContext,
  model: (precision: Precision) => () => Uint8Array,
  inputs: PeerGraph['inputs'],
): PeerGraph[] {
  return peerPrecisions(machineOf(runner).deviceF16).map(({ name, limit, ...precision }) => ({
    name: `${name}, cache in place`,
    model: model(precision),
    limit,
    inputs: inPrecision(inputs, precision.type),
  }));
}

function peerShape({ text, cache }: Opened) {
  return {
    layers: text.numLayers,
    width: text.hiddenSize,
    intermediate: text.intermediateSize,
    heads: text.numHeads,
    kvHeads: text.numKvHeads,
    headDim: text.headDim,
    eps: text.layerNormEps,
    cached,
    slots: cache.capacity,
  };
}

function peerWeights({ text, weights, cache }: Opened): DecoderWeights {
  const pairs = ropeTables(text, cache.capacity).plain;
  return {
    vector: (name) => weights.vector(name),
    rows(name, firstRow, count) {
      const { bytes, rows, columns } = weights.stored(name);
      return q4Blocks(bytes, rows, columns, firstRow, count);
    },
    cos: pairs.filter((_, i) => i % 2 === 0),
    sin: pairs.filter((_, i) => i % 2 === 1),
  };
}

/** The cache as the peer has it: heads outside, slots inside. */
function peerCache({ text, cache, filled }: Opened): Record<string, PeerTensor> {
  const { numKvHeads: K, headDim: D } = text;
  const shape = [1, K, cache.capacity, D];
  const inHeads = (values: Float32Array) => {
    const data = new Float32Array(K * cache.capacity * D);
    for (let s = 0; s < cached; s++)
      for (let head = 0; head < K; head++) {
        const from = (s * K + head) * D;
        data.set(values.subarray(from, from + D), (head * cache.capacity + s) * D);
      }
    return data;
  };
  const inputs: Record<string, PeerTensor> = {
    cached: { type: 'int32', shape: [1, 1], data: Int32Array.of(cached) },
  };
  filled.forEach(({ k, v }, layer) => {
    inputs[`past.${layer}.key`] = { type: 'float32', shape, data: inHeads(k) };
    inputs[`past.${layer}.value`] = { type: 'float32', shape, data: inHeads(v) };
  });
  return inputs;
}
