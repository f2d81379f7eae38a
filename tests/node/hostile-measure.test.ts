// The measure of the tests of hostile files: would it find what it looks for? In a process of its own, which it makes large.

import { expect, test } from 'vitest';
import { eachSeed } from '../hostile/each-seed.ts';

const limits = { codes: ['media-unreadable'], onHeap: true } as const;
const once = (read: () => unknown) => eachSeed(1, limits, () => ({ byteLength: 100, read }));

test.each([
  ['buffers of 80 MB that are never written to', () => new Uint8Array(80e6).length],
  ['a list of ten million numbers', () => Array.from({ length: 1e7 }, (_, i) => i + 0.5).length],
  ['four million small objects', () => Array.from({ length: 4e6 }, (_, i) => ({ i, name: `n${i}` })).length],
])('an input that takes %s is found', async (_, read) => {
  await expect(once(read)).rejects.toThrow(/^HOSTILE_SEED=\d+: 100 bytes took \d+ ms and \d{8,} bytes$/);
});

test('an input that takes 20 MB is fine, however much garbage there was before it', async () => {
  let garbage: unknown[] = Array.from({ length: 3e6 }, (_, i) => ({ i }));
  const count = await once(() => {
    garbage = [];
    return new Uint8Array(20e6).fill(1).length + garbage.length;
  });
  expect(count.accepted).toBe(1);
});
