// The measure of the tests of hostile files: would it find what it looks for, and that alone?

import process from 'node:process';
import { setTimeout } from 'node:timers/promises';
import { beforeEach, expect, test } from 'vitest';
import { eachSeed } from '../hostile/each-seed.ts';
import { collectGarbage } from '../hostile/process-peak.ts';

const once = (read: () => unknown, onHeap = true) =>
  eachSeed(1, { codes: ['media-unreadable'], onHeap }, () => ({ byteLength: 100, read }));
const tooMuch = /^HOSTILE_SEED=\d+: 100 bytes took \d+ ms and \d{8,} bytes$/;

/** Garbage of the test before would be given back, by threads of V8's own, while the next test takes as much. */
beforeEach(async () => {
  collectGarbage();
  for (let looks = 0, before = Infinity; looks < 50 && before > process.memoryUsage.rss() + 1e6; looks++) {
    before = process.memoryUsage.rss();
    await setTimeout(200);
  }
});

test.each([
  ['buffers of 80 MB that are never written to', () => new Uint8Array(80e6).length],
  ['a list of ten million numbers', () => Array.from({ length: 1e7 }, (_, i) => i + 0.5).length],
  ['four million small objects', () => Array.from({ length: 4e6 }, (_, i) => ({ i, name: `n${i}` })).length],
])('an input that takes %s is found', async (_, read) => {
  await expect(once(read)).rejects.toThrow(tooMuch);
});

test('an input that takes 80 MB of native memory is found, where native code reads', async () => {
  const pages = 1280; // of 64 KiB, which no buffer or object accounts for
  const read = () => new Uint8Array(new WebAssembly.Memory({ initial: pages }).buffer).fill(1).length;
  await expect(once(read, false)).rejects.toThrow(tooMuch);
});

test('an input that takes 20 MB is fine, however much garbage there was before it', async () => {
  let garbage: unknown[] = Array.from({ length: 3e6 }, (_, i) => ({ i }));
  const count = await once(() => {
    garbage = [];
    return new Uint8Array(20e6).fill(1).length + garbage.length;
  });
  expect(count.accepted).toBe(1);
});
