import { afterEach, expect, test } from 'vitest';
import { defineKernel, dispatch } from '../../src/gpu/kernel.ts';
import { ReadbackRing } from '../../src/gpu/readback-ring.ts';
import { useGpu } from './gpu-harness.ts';

const gpu = useGpu();

const countKernel = defineKernel({
  name: 'count',
  source: `struct Params { by: u32 }
    @group(0) @binding(0) var<storage, read_write> counter: array<u32>;
    @group(1) @binding(0) var<uniform> params: Params;
    @compute @workgroup_size(1) fn main() { counter[0] += params.by; }`,
  slots: { counter: 'read-write' },
  params: { by: 'u32' },
});

let open: ReadbackRing | null = null;
afterEach(() => {
  open?.destroy();
  open = null;
});

/** A ring over a counter that starts at 0, and steps that count. */
async function counting(slots: number) {
  const counter = gpu().output('counter', [1], Uint32Array.of(0));
  const step = (by: number) =>
    dispatch(countKernel, { tensors: { counter }, params: { by }, workgroups: [1], cost: 1 });
  const { steps } = await gpu().prepare([step(1), step(2)]);
  const ring = new ReadbackRing(gpu().device, counter, slots);
  open = ring;
  return { ring, steps };
}

test('each word is the one that its own submit left behind', async () => {
  const { ring, steps } = await counting(4);
  for (let i = 0; i < 4; i++) ring.submit(steps);
  expect(ring.pending).toBe(4);
  const words = [
    (await ring.next())[0],
    (await ring.next())[0],
    (await ring.next())[0],
    (await ring.next())[0],
  ];
  expect(words).toEqual([3, 6, 9, 12]);
  expect(ring.pending).toBe(0);
});

test('slots are used again and again, with any number under way', async () => {
  const { ring, steps } = await counting(3);
  const words: number[] = [];
  for (let i = 0; i < 20; i++) {
    while (ring.pending < 1 + (i % 3)) ring.submit(steps);
    words.push((await ring.next())[0]!);
  }
  expect(words).toEqual(words.map((_, i) => 3 * (i + 1)));
});

test('words that nobody wants are given up at once, and the ring goes on with later ones', async () => {
  const { ring, steps } = await counting(4);
  for (let i = 0; i < 3; i++) ring.submit(steps);
  expect((await ring.next())[0]).toBe(3);
  ring.clear();
  expect(ring.pending).toBe(0);
  for (let i = 0; i < 4; i++) ring.submit(steps);
  expect([(await ring.next())[0], (await ring.next())[0]]).toEqual([12, 15]);
  ring.clear();
  await gpu().device.queue.onSubmittedWorkDone();
  ring.submit(steps);
  expect((await ring.next())[0]).toBe(24);
});

test('more submits than slots, and words that nobody submitted, are mistakes of ours', async () => {
  const { ring, steps } = await counting(2);
  await expect(ring.next()).rejects.toThrow(/nothing was submitted/);
  ring.submit(steps);
  ring.submit(steps);
  expect(() => ring.submit(steps)).toThrow(/2 submits are under way/);
});
