// Tokens per second of a whole decoder: the loop that answers run in, at the 4B's true shapes on GPUs and narrow here.

import type { ModelConfig, TextConfig } from '../../src/config.ts';
import { KvCache } from '../../src/decoder/kv-cache.ts';
import { TokenLoop } from '../../src/engine/decode/token-loop.ts';
import { tokenList } from '../../src/engine/decode/token-list.ts';
import { Arena } from '../../src/gpu/arena.ts';
import { GpuRunner } from '../../src/gpu/runner.ts';
import { portableSettings } from '../../src/gpu/kernel-settings.ts';
import { argmaxSlices } from '../../src/kernels/tokens/argmax.ts';
import { kvSlotBytes, type KvFormat } from '../../src/kernels/attention/kv-layer.ts';
import { isMatrix, matrixBytes } from '../../src/weights/formats/formats.ts';
import { expectedTensors } from '../../src/weights/checkpoint/tensor-names.ts';
import { checked } from '../measure/check.ts';
import { fillLayer } from '../inputs/kv-values.ts';
import { gpuClock } from '../measure/gpu-clock.ts';
import { productLimit } from '../measure/limits.ts';
import { machineOf } from '../measure/machine.ts';
import { randomWeights, type RandomWeights } from '../inputs/random-weights.ts';
import type { BenchCase, CaseContext, CheckResult, Figures, OpenCase } from '../measure/types.ts';
import { cutModel } from './released-shapes.ts';

// Prompts of one image, of 128 frames and of 384.
const lengths = [1024, 11264, 33792];
const released = { layers: 36, vocabulary: 151936 };

export function tokenLoopCases(): BenchCase[] {
  return [
    loopCase('4B width, 2 layers', cutModel({ layers: 2, vocabulary: 4096 }), 1024, 'f16', {
      software: true,
    }),
    ...lengths.map((length) =>
      loopCase('4B', cutModel(released), length, 'f16', { software: false, worth: length === 1024 ? 1 : 2 }),
    ),
    loopCase('4B', cutModel(released), 33792, 'int8', { software: false }),
  ];
}

/** The tensors that decoding reads. */
export function textShapes(config: ModelConfig): [string, readonly number[]][] {
  return [...expectedTensors(config)].filter(([name]) => !name.includes('vision_backbone'));
}

function loopCase(
  model: string,
  config: ModelConfig,
  cached: number,
  format: KvFormat,
  { software, worth = 3 }: { readonly software: boolean; readonly worth?: 1 | 2 | 3 },
): BenchCase {
  const { numLayers, numKvHeads, headDim } = config.text;
  const read = textShapes(config).filter(([name, shape]) => isMatrix(name, shape) && !name.includes('wte.'));
  const weightBytes = read.reduce(
    (sum, [, [rows = 0, columns = 0]]) => sum + matrixBytes('q4', rows, columns).byteLength,
    0,
  );
  const cacheBytes = numLayers * cached * kvSlotBytes(format, numKvHeads, headDim);
  return {
    suite: 'decode',
    name: `a token, q4, ${format} cache`,
    shape: `${model}, ${cached} tokens before it`,
    work: { amount: (weightBytes + cacheBytes) / 1e9, unit: 'GB' },
    denominator: 'readGBs',
    software,
    whole: true,
    worth,
    gpuSec: 6,
    open: (context) => openLoop(context, config, cached, format),
  };
}

// Tokens of one loop, which are timed together: with few the start of the loop is most of what is seen. A software driver
// takes long for each, and starts at once.
const loopTokens = { gpu: 64, software: 8 } as const;

async function openLoop(
  context: CaseContext,
  config: ModelConfig,
  cached: number,
  format: KvFormat,
): Promise<OpenCase> {
  const { runner } = context;
  const { text } = config;
  const tokens = machineOf(runner).software ? loopTokens.software : loopTokens.gpu;
  const weights = await randomWeights(runner, new Map(textShapes(config)), 'q4', 13);
  const cache = new KvCache(runner.device, text, cached + tokens + 1, format);
  const heads = { heads: text.numHeads, kvHeads: text.numKvHeads, headDim: text.headDim };
  const destroy = () => {
    cache.destroy();
    weights.destroy();
  };
  try {
    for (const layer of cache.layers) await fillLayer(runner, layer, cached, heads, 17);
    cache.length = cached;
    const loop = await TokenLoop.create(runner, text, weights, cache);
    return {
      ours: {
        name: 'molmo2-webgpu',
        async run(times) {
          const startMs = performance.now();
          for (let i = 0; i < times; i++) await runLoop(loop, cache, cached, tokens);
          return (performance.now() - startMs) / tokens;
        },
      },
      peer: null,
      figures: () => loopFigures(context, text, weights, cache, cached, tokens),
      check: () => compareLogits(context, config, weights, cache, loop, cached),
      close() {
        loop.destroy();
        destroy();
      },
    };
  } catch (error) {
    destroy();
    throw error;
  }
}

/** A whole loop from the same length of the cache. */
async function runLoop(loop: TokenLoop, cache: KvCache, cached: number, tokens: number): Promise<void> {
  cache.length = cached;
  for await (const _ of loop.greedy(1, { endIds: [], limit: tokens }));
}

/** What a token takes on the GPU alone, and how long the GPU waits for us between two. */
async function loopFigures(
  { runner }: CaseContext,
  text: TextConfig,
  weights: RandomWeights,
  cache: KvCache,
  cached: number,
  tokens: number,
): Promise<Figures> {
  const clock = gpuClock(runner.device, tokens);
  const { capabilities } = runner.kernels;
  const gpu = { device: clock?.device ?? runner.device, adapter: runner.adapter, capabilities };
  const timed = new GpuRunner({ ...gpu, lostReason: null, errors: [] }, runner.kernels);
  const loop = await TokenLoop.create(timed, text, weights, cache);
  try {
    const dispatches = loop.dispatches;
    if (!clock) return { dispatches };
    await runLoop(loop, cache, cached, tokens);
    clock.start();
    await runLoop(loop, cache, cached, tokens);
    const { busyMs, idleMs } = await clock.times();
    return { dispatches, gpuMs: busyMs / tokens, idleMs: idleMs / (tokens - 1) };
  } finally {
    loop.destroy();
    clock?.destroy();
  }
}

/**
 * The logits of one token against those of the kernels that run everywhere, which the rows of this suite with fewer
 * layers compare with loops in f64.
 */
async function compareLogits(
  { runner, kernels }: CaseContext,
  { text }: ModelConfig,
  weights: RandomWeights,
  cache: KvCache,
  loop: TokenLoop,
  cached: number,
): Promise<CheckResult> {
  cache.length = cached;
  loop.feed(1);
  const actual = await loop.logits();
  const arena = new Arena(runner.device, 'bench portable');
  try {
    const tensors = {
      id: arena.tensorOf('id', [1], Uint32Array.of(1)),
      cursor: arena.tensorOf('cursor', [2], Uint32Array.of(cached, 0)),
      stops: arena.tensor('stops', [16], 'u32'),
      logits: arena.tensor('logits', [1, text.vocabSize]),
      best: arena.tensor('best', [argmaxSlices(text.vocabSize), 2], 'u32'),
    };
    await runner.run(tokenList(portableSettings, text, weights, cache, tensors, arena));
    const expected = new Float32Array(await runner.read(tensors.logits));
    // Differences of one layer grow through the next ones.
    return checked(actual, expected, productLimit(kernels) * Math.sqrt(text.numLayers));
  } finally {
    arena.destroy();
  }
}
