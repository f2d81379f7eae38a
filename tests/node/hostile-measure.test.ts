// The measure of the tests of hostile files: would it find what it looks for, and that alone?

import { beforeEach, expect, test } from 'vitest';
import { eachSeed } from '../hostile/each-seed.ts';
import { collectGarbage } from '../hostile/process-peak.ts';

const once = (read: () => unknown) =>
  eachSeed(1, { codes: ['media-unreadable'] }, () => ({ byteLength: 100, read }));
const tooMuch = /^HOSTILE_SEED=\d+: 100 bytes took \d+ ms and \d{8,} bytes$/;

beforeEach(collectGarbage);

// First: V8 gives back the garbage of other tests at its leisure, perhaps while this one takes as much.
test('an input that takes 150 MB of native memory is found', async () => {
  const pages = 2400; // of 64 KiB, which no buffer or object accounts for
  const read = () => new Uint8Array(new WebAssembly.Memory({ initial: pages }).buffer).fill(1).length;
  await expect(once(read)).rejects.toThrow(tooMuch);
});

test.each([
  ['buffers of 80 MB that are never written to', () => new Uint8Array(80e6).length],
  ['a list of ten million numbers', () => Array.from({ length: 1e7 }, (_, i) => i + 0.5).length],
  ['four million small objects', () => Array.from({ length: 4e6 }, (_, i) => ({ i, name: `n${i}` })).length],
])('an input that takes %s is found', async (_, read) => {
  await expect(once(read)).rejects.toThrow(tooMuch);
});

test('an input that takes 20 MB is fine, however much garbage there was before it', async () => {
  let garbage: unknown[] = Array.from({ length: 3e6 }, (_, i) => ({ i }));
  const count = await once(() => {
    garbage = [];
    return new Uint8Array(20e6).fill(1).length + garbage.length;
  });
  expect(count.accepted).toBe(1);
});
