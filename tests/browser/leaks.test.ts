// A page that loads, asks and disposes over and over keeps no buffer, worker, lock or memory, also where it is cut short.

import { afterAll, expect, inject, test } from 'vitest';
import { cdp } from 'vitest/browser';
import { seededRandom } from '../../src/decoder/sampling.ts';
import { Molmo2 } from '../../src/index.ts';
import { watchBuffers } from '../live-buffers.ts';
import { exactMedia, samples } from '../parity/samples.ts';
import { sampleLike } from '../sample-questions.ts';

const { cycles, seed } = inject('leaks');
const buffers = await watchBuffers(); // of `thread: 'page'`; those of a worker go with it
const sample = sampleLike(await samples(), { form: 'one crop' });
const asked = sample.questions[0]!;
const input = { ...exactMedia(sample), prompt: asked.question };
const reason = new Error('nobody wants it any more');
const random = seededRandom(seed);

interface Debugger {
  send(method: 'HeapProfiler.collectGarbage'): Promise<unknown>;
  send(method: 'Runtime.getHeapUsage'): Promise<{ readonly usedSize: number }>;
  send(method: 'Target.getTargets'): Promise<{ readonly targetInfos: readonly { readonly type: string }[] }>;
}
const browser = cdp() as unknown as Debugger;

async function heapBytes(): Promise<number> {
  await browser.send('HeapProfiler.collectGarbage');
  return (await browser.send('Runtime.getHeapUsage')).usedSize;
}

async function workers(): Promise<number> {
  const { targetInfos } = await browser.send('Target.getTargets');
  return targetInfos.filter(({ type }) => type === 'worker').length;
}

const before = await workers();
let wholeMs = 0;

async function cycle(thread: 'page' | 'worker', cut: boolean): Promise<void> {
  const controller = new AbortController();
  const startMs = performance.now();
  const timer = cut ? setTimeout(() => controller.abort(reason), random() * wholeMs) : undefined;
  let molmo: Molmo2 | null = null;
  try {
    molmo = await Molmo2.load({ thread, signal: controller.signal });
    if (thread === 'worker' && !cut) expect(await workers()).toBe(before + 1);
    let text = '';
    for await (const event of molmo.ask(input, { signal: controller.signal }))
      if (event.type === 'done') ({ text } = event.answer);
    expect(text).toBe(asked.answer);
    wholeMs = performance.now() - startMs;
  } catch (error) {
    expect(error).toBe(reason);
  } finally {
    clearTimeout(timer);
    molmo?.dispose();
  }
}

/** What cannot be called back ends first: a slice of GPU work, a kernel that is being compiled. */
async function quiet(): Promise<void> {
  await expect.poll(() => buffers.count, { timeout: 20_000 }).toBe(0);
  await expect.poll(workers, { timeout: 20_000 }).toBe(before);
}

afterAll(() => expect(buffers.count).toBe(0));

test(`${cycles} loads in a page, half of them cut short, leave nothing behind (seed ${seed})`, async () => {
  const heap: number[] = [];
  for (let i = 0; i < cycles; i++) {
    await cycle(i % 4 < 2 ? 'page' : 'worker', i % 2 === 1);
    await quiet();
    expect(((await navigator.locks.query()).held ?? []).map(({ name }) => name)).toEqual([]);
    buffers.takeBytes(/./);
    heap.push(await heapBytes());
  }
  const warm = heap[Math.min(40, Math.floor(heap.length / 2))] ?? 0;
  console.log(`heap ${heap.filter((_, i) => i % Math.ceil(cycles / 10) === 0).join(' ')} bytes`);
  expect(heap.at(-1)).toBeLessThan(1.05 * warm);
});
