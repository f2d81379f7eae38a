// A decoder block over many rows of a video's prompt, with its mask: the step that takes most of a question's time.

import type { ModelConfig } from '../../src/config.ts';
import { attention, keysAndValues } from '../../src/decoder/attention.ts';
import { KvCache } from '../../src/decoder/kv-cache.ts';
import { mlp } from '../../src/decoder/mlp.ts';
import { ropeTables } from '../../src/decoder/rope-table.ts';
import { decoderScratch } from '../../src/decoder/scratch.ts';
import { Arena, writeTensor } from '../../src/gpu/arena.ts';
import type { KvLayer } from '../../src/kernels/attention/kv-layer.ts';
import { expectedTensors } from '../../src/weights/checkpoint/tensor-names.ts';
import { checked } from '../measure/check.ts';
import { productLimit } from '../measure/limits.ts';
import { randomFloats, spread } from '../inputs/random.ts';
import { randomWeights, type RandomWeights } from '../inputs/random-weights.ts';
import type { BenchCase, CaseContext, CheckResult } from '../measure/types.ts';
import { videoOrder } from '../inputs/video-tokens.ts';
import { decoderBlock, matrixValues } from './decoder-reference.ts';
import { openKernel } from './open-kernel.ts';
import { products, rmsNormed, rotated } from './reference-math.ts';
import { cutModel } from './released-shapes.ts';

export function prefillBlockCases(): BenchCase[] {
  return [
    blockCase('a quarter of the 4B', narrowModel(), 160, true),
    blockCase('4B', cutModel({}), 2048, false),
  ];
}

/** A block of a quarter of the 4B's width. */
function narrowModel(): ModelConfig {
  const model = cutModel({});
  const text = { ...model.text, hiddenSize: 640, intermediateSize: 2432, numHeads: 8, numKvHeads: 2 };
  return { ...model, text };
}

const prefix = 'model.transformer.blocks.0.';

function blockCase(model: string, config: ModelConfig, rows: number, software: boolean): BenchCase {
  const { hiddenSize: C, intermediateSize: I, numHeads, numKvHeads, headDim } = config.text;
  const order = videoOrder(rows);
  const pairs = order.tokens.reduce(
    (sum, _, row) =>
      sum + (order.visible[2 * row] ?? 0) + (order.visible[2 * row + 1] ?? 0) - order.secondStart,
    0,
  );
  const weights = C * (2 * numHeads + 2 * numKvHeads) * headDim + 3 * C * I;
  return {
    suite: 'prefill',
    name: 'decoder block q4, f32 cache',
    shape: `${model}, video of ${rows} tokens`,
    work: { amount: (2 * rows * weights + 4 * pairs * numHeads * headDim) / 1e9, unit: 'GFLOP' },
    denominator: 'fma32Gflops',
    software,
    open: (context) => openBlock(context, config, rows),
  };
}

async function openBlock(context: CaseContext, config: ModelConfig, rows: number) {
  const { runner, kernels } = context;
  const { device } = runner;
  const { text } = config;
  const shapes = [...expectedTensors(config)].filter(([name]) => name.startsWith(prefix));
  const weights = await randomWeights(runner, new Map(shapes), 'q4', 11);
  const cache = new KvCache(device, text, rows, 'f32');
  const arena = new Arena(device, 'bench prefill block');
  const order = videoOrder(rows);
  const values = randomFloats(12, rows * text.hiddenSize);
  const x = arena.tensor('x', [rows, text.hiddenSize]);
  const input = {
    kernels,
    config: text,
    weights,
    layer: 0,
    x,
    places: arena.tensorOf('places', [rows, 2], order.places),
    visible: arena.tensorOf('visible', [rows, 2], order.visible),
    spans: order.spans,
    cache,
    scratch: decoderScratch(text, arena, rows),
  };
  return openKernel(context, {
    name: 'decoder block q4',
    arena,
    lists: [[...keysAndValues(input), ...attention(input), ...mlp(input)]],
    // Runs add to x again and again, which changes its values and not the work.
    reset: () => writeTensor(device, x, values),
    compare: () => compareBlock(context, { text, weights, layer: cache.layer(0), order, values, output: x }),
    close: () => {
      cache.destroy();
      weights.destroy();
    },
  });
}

interface Computed {
  readonly text: ModelConfig['text'];
  readonly weights: RandomWeights;
  readonly layer: KvLayer;
  readonly order: ReturnType<typeof videoOrder>;
  /** The residual stream before and, on the GPU, behind the block. */
  readonly values: Float32Array;
  readonly output: Parameters<CaseContext['runner']['read']>[0];
}

/** Some rows: their own keys and values in the cache, then their way through the block over what the cache holds. */
async function compareBlock({ runner, kernels }: CaseContext, computed: Computed): Promise<CheckResult> {
  const { text, weights, layer, order, values, output } = computed;
  const { hiddenSize: C, headDim: D, numHeads, numKvHeads, layerNormEps: eps } = text;
  const width = numKvHeads * D;
  const k = new Float32Array(await runner.read(layer.k));
  const v = new Float32Array(await runner.read(layer.v));
  const out = new Float32Array(await runner.read(output));
  const angles = ropeTables(text, order.tokens.length).plain;
  const fused = matrixValues(weights, `${prefix}self_attn.att_proj.weight`);
  const results: CheckResult[] = [];
  for (const row of spread(3, order.tokens.length)) {
    const own = Float64Array.from(values.subarray(row * C, (row + 1) * C));
    const position = order.places[2 * row] ?? 0;
    const turn = angles.subarray(position * D, (position + 1) * D);
    const normed = rmsNormed(own, weights.vector(`${prefix}attn_norm.weight`), eps);
    const kv = products(normed, fused.subarray(numHeads * D * C), C);
    const key = rotated(
      rmsNormed(kv.slice(0, width), weights.vector(`${prefix}self_attn.k_norm.weight`), eps),
      D,
      turn,
    );
    const limit = productLimit(kernels, { rows: order.tokens.length, format: 'q4' });
    results.push(
      checked(k.subarray(row * width, (row + 1) * width), key, limit),
      checked(v.subarray(row * width, (row + 1) * width), kv.slice(width), limit),
    );
    // The block's reference adds the row's own key and value to those of the others.
    const others = slotsSeen(order, row).filter((slot) => slot !== row);
    const seen = { k: gathered(k, others, width), v: gathered(v, others, width) };
    results.push(
      checked(out.subarray(row * C, (row + 1) * C), decoderBlock(text, weights, 0, own, seen, turn), limit),
    );
  }
  return results.reduce((worst, one) => (one.error > worst.error ? one : worst));
}

function slotsSeen({ visible, secondStart }: Computed['order'], row: number): number[] {
  const [end = 0, secondEnd = 0] = visible.subarray(2 * row, 2 * row + 2);
  return [
    ...Array.from({ length: end }, (_, i) => i),
    ...Array.from({ length: secondEnd - secondStart }, (_, i) => secondStart + i),
  ];
}

function gathered(values: Float32Array, rows: readonly number[], width: number): Float32Array {
  const out = new Float32Array(rows.length * width);
  rows.forEach((row, i) => out.set(values.subarray(row * width, (row + 1) * width), i * width));
  return out;
}
