import { expect, test } from 'vitest';
import { chunkChecksum } from '../../src/weights/cache/chunk-checksum.ts';
import { seeded } from '../kernels/random.ts';

function bytes(seed: number, length: number): Uint8Array<ArrayBuffer> {
  const random = seeded(seed);
  return Uint8Array.from({ length }, () => random() * 256);
}
const text = (data: Uint8Array<ArrayBuffer>) => chunkChecksum(data).join();

test('every flipped bit changes the checksum', () => {
  const data = bytes(1, 61); // not a whole number of words or lanes
  const seen = new Set([text(data)]);
  for (let bit = 0; bit < 8 * data.length; bit++) {
    data[bit >> 3]! ^= 1 << (bit & 7);
    seen.add(text(data));
    data[bit >> 3]! ^= 1 << (bit & 7);
  }
  expect(seen.size).toBe(1 + 8 * data.length);
});

test('two flipped bits anywhere change it, also in the same lane', () => {
  const data = bytes(2, 64);
  const before = text(data);
  const random = seeded(3);
  for (let i = 0; i < 20_000; i++) {
    const [first, second] = [Math.floor(random() * 512), Math.floor(random() * 512)];
    if (first === second) continue;
    for (const bit of [first, second]) data[bit >> 3]! ^= 1 << (bit & 7);
    expect(text(data)).not.toBe(before);
    for (const bit of [first, second]) data[bit >> 3]! ^= 1 << (bit & 7);
  }
});

test('exchanged pieces, zeros in place of the end, and another length change it', () => {
  const data = bytes(4, 4096);
  const exchanged = Uint8Array.from([...data.subarray(2048), ...data.subarray(0, 2048)]);
  const zeroed = data.map((byte, i) => (i < 4000 ? byte : 0));
  const variants = [data, exchanged, zeroed, data.subarray(0, 4095), new Uint8Array(16), new Uint8Array(32)];
  expect(new Set(variants.map(text)).size).toBe(variants.length);
  expect(chunkChecksum(new Uint8Array(16)).some((byte) => byte !== 0)).toBe(true);
});

test('where the bytes lie in memory does not matter', () => {
  const data = bytes(5, 100);
  const shifted = new Uint8Array(103);
  shifted.set(data, 3);
  expect(text(shifted.subarray(3))).toBe(text(data));
});
