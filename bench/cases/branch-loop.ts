// A step of several branches beside a token of one, in the same run: what it costs to answer four questions about one video.

import { KvCache } from '../../src/decoder/kv-cache.ts';
import { RowLoop } from '../../src/engine/branches/row-loop.ts';
import { TokenLoop } from '../../src/engine/decode/token-loop.ts';
import { checked } from '../measure/check.ts';
import { fillLayer } from '../inputs/kv-values.ts';
import { productLimit } from '../measure/limits.ts';
import { median } from '../measure/statistics.ts';
import { machineOf } from '../measure/machine.ts';
import { randomWeights } from '../inputs/random-weights.ts';
import type { BenchCase, CaseContext, OpenCase } from '../measure/types.ts';
import { cutModel } from './released-shapes.ts';
import { textShapes } from './token-loop.ts';

const released = { layers: 36, vocabulary: 151936 };
const steps = { gpu: 64, software: 8 } as const;
const rounds = 5;

export function branchLoopCases(): BenchCase[] {
  return [
    branchCase('4B width, 2 layers', { layers: 2, vocabulary: 4096 }, 4, 1024, true),
    ...[4, 8].map((rows) => branchCase('4B', released, rows, 11264, false)),
  ];
}

function branchCase(
  model: string,
  cut: Parameters<typeof cutModel>[0],
  rows: number,
  cached: number,
  software: boolean,
): BenchCase {
  return {
    suite: 'decode',
    name: `a token of each of ${rows} branches beside one of a single answer, q4, f16 cache`,
    shape: `${model}, ${cached} tokens that all share`,
    work: null,
    denominator: null,
    software,
    whole: true,
    worth: rows === 4 ? 1 : 3,
    gpuSec: 8,
    open: (context) => openBranches(context, cut, rows, cached),
  };
}

async function openBranches(
  { runner, kernels }: CaseContext,
  cut: Parameters<typeof cutModel>[0],
  rows: number,
  cached: number,
): Promise<OpenCase> {
  const config = cutModel(cut);
  const { text } = config;
  const tokens = machineOf(runner).software ? steps.software : steps.gpu;
  const weights = await randomWeights(runner, new Map(textShapes(config)), 'q4', 13);
  const cache = new KvCache(runner.device, text, cached + rows * (tokens + 1), 'f16');
  const heads = { heads: text.numHeads, kvHeads: text.numKvHeads, headDim: text.headDim };
  try {
    for (const layer of cache.layers) await fillLayer(runner, layer, cached, heads, 17);
    cache.length = cached;
    const alone = await TokenLoop.create(runner, text, weights, cache);
    const together = await RowLoop.create({ runner, config: text, weights }, cache, rows);
    const begin = () =>
      together.begin(
        Array.from({ length: rows }, (_, row) => ({
          id: 1,
          cursor: { position: cached, stopped: false, prefix: cached, start: cached + row * (tokens + 1) },
          steps: tokens,
          endIds: [],
          change: null,
          before: [],
        })),
      );
    const timed = async (work: () => Promise<void>, times: number) => {
      const startMs = performance.now();
      for (let i = 0; i < times; i++) await work();
      return (performance.now() - startMs) / tokens;
    };
    const runTogether = async () => {
      await begin();
      for (let taken = 0; taken < tokens; taken++) {
        while (together.pending < Math.min(together.window, tokens - taken)) together.submit();
        await together.next();
      }
    };
    const runAlone = async () => {
      cache.length = cached;
      for await (const _ of alone.greedy(1, { endIds: [], limit: tokens }));
    };
    return {
      ours: { name: `${rows} branches`, run: (times) => timed(runTogether, times) },
      // The peer of other rows is another engine; here it is one answer, in turns with the branches.
      peer: null,
      async figures() {
        const oneMs: number[] = [];
        const times: number[] = [];
        for (let round = 0; round < rounds; round++) {
          const one = await timed(runAlone, 1);
          oneMs.push(one);
          times.push((await timed(runTogether, 1)) / one);
        }
        const { dispatches } = together;
        const numbers = { oneMs: median(oneMs), timesOfOne: median(times) };
        return { dispatches, dispatchesOfOne: alone.dispatches, ...numbers };
      },
      async check() {
        cache.length = cached;
        alone.feed(1);
        const expected = await alone.logits();
        await begin();
        together.submit();
        await together.next();
        const results = [];
        // Differences of one layer grow through the next ones.
        for (let row = 0; row < rows; row++)
          results.push(
            checked(await together.logits(row), expected, productLimit(kernels) * Math.sqrt(text.numLayers)),
          );
        return results.reduce((worst, one) => (one.error > worst.error ? one : worst));
      },
      close() {
        together.destroy();
        alone.destroy();
        cache.destroy();
        weights.destroy();
      },
    };
  } catch (error) {
    cache.destroy();
    weights.destroy();
    throw error;
  }
}
