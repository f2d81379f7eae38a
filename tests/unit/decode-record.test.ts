// What a decoded token costs on our own thread: the dispatch list of the 4B at its true shapes, recorded on Dawn's null
// backend, which checks every call as a GPU's would and computes nothing.

import process from 'node:process';
import { afterAll, expect, test } from 'vitest';
import { KvCache } from '../../src/decoder/kv-cache.ts';
import { TokenLoop } from '../../src/engine/token-loop.ts';
import { narrowWeights, nullRunner, releasedConfig, type ReleasedModel } from '../narrow-decoder.ts';

// What a GPU with subgroups runs.
const runner = await nullRunner({ subgroupSize: 32 });
const config = releasedConfig('molmo2-4b');
const weights = narrowWeights(runner.device, 'molmo2-4b', 'q4');
const cache = new KvCache(runner.device, config, 512, 'f16');
const loop = await TokenLoop.create(runner, config, weights, cache);
afterAll(() => {
  loop.destroy();
  cache.destroy();
  weights.destroy();
  runner.destroy();
});

/** Decodes greedily behind `length` tokens. What comes is whatever memory holds, so nothing is an end id. */
async function decode(tokens: number, length = 0): Promise<number> {
  cache.length = length;
  let count = 0;
  for await (const id of loop.greedy(1, { endIds: [], limit: tokens, window: 4 })) count += id >= 0 ? 1 : 0;
  return count;
}

test('every step of the loop is accepted, and every one brings its token', async () => {
  expect(await decode(40)).toBe(40);
  expect(cache.length).toBe(40);
  await runner.device.queue.onSubmittedWorkDone();
  runner.check();
});

// Beside the layers: two tables of embeddings, the head, the choice of the token in two steps.
const besideLayers = 5;

/** Dispatches of a greedy token in q4 with keys and values in f16. */
async function dispatches(model: ReleasedModel): Promise<number> {
  const own = narrowWeights(runner.device, model, 'q4');
  const ownCache = new KvCache(runner.device, releasedConfig(model), 512, 'f16');
  const ownLoop = await TokenLoop.create(runner, releasedConfig(model), own, ownCache);
  const count = ownLoop.dispatches;
  ownLoop.destroy();
  ownCache.destroy();
  own.destroy();
  return count;
}

test.each([
  { model: 'molmo2-4b', perLayer: 6, why: 'norms are part of the products that read them' },
  { model: 'molmo2-8b', perLayer: 6, why: 'norms are part of the products that read them' },
  { model: 'molmo2-o-7b', perLayer: 8, why: 'two norms come behind products' },
] as const)('a layer of $model takes $perLayer dispatches: $why', async ({ model, perLayer }) => {
  expect(await dispatches(model)).toBe(perLayer * releasedConfig(model).numLayers + besideLayers);
});

// Time of the processor and not of the clock: it hardly depends on what else the machine does, and waiting is free. All
// that this process does is counted, also Dawn's checks.
const mostMs = 1.5;

test(`a token of the 4B costs at most ${mostMs} ms of our own time`, async () => {
  const batch = 60;
  await decode(batch); // compiled by then
  const perToken: number[] = [];
  for (let i = 0; i < 7; i++) {
    const before = process.cpuUsage();
    await decode(batch, 30 * i);
    const { user, system } = process.cpuUsage(before);
    perToken.push((user + system) / 1000 / batch);
  }
  const median = perToken.toSorted((a, b) => a - b)[3];
  expect(median, `ms of each batch: ${perToken.map((ms) => ms.toFixed(2)).join(', ')}`).toBeLessThan(mostMs);
}, 60_000);

test('nothing is made per token but what the calls themselves return', async () => {
  const { device } = runner;
  const made: string[] = [];
  const makers = ['createBuffer', 'createBindGroup', 'createComputePipeline', 'createShaderModule'] as const;
  const kept = makers.map((name) => [name, device[name]] as const);
  for (const [name, make] of kept)
    Object.defineProperty(device, name, {
      configurable: true,
      value: (...args: unknown[]) => {
        made.push(name);
        return Reflect.apply(make, device, args);
      },
    });
  await decode(20);
  for (const [name] of kept) Reflect.deleteProperty(device, name);
  expect(made).toEqual([]);
  device.createBuffer({ size: 4, usage: 8 }).destroy(); // the real ones are back
});
