import { expect, test } from 'vitest';
import { anyBits, filledWords, halvesAround } from '../../bench/inputs/random-words.ts';

test('a part of a tensor is made again without the rest', () => {
  const whole = filledWords(anyBits, 5, 0, 1000);
  expect(filledWords(anyBits, 5, 700, 100)).toEqual(whole.subarray(700, 800));
  expect(filledWords(anyBits, 6, 700, 100)).not.toEqual(whole.subarray(700, 800));
  expect(new Set(whole).size).toBe(1000);
});

test('bytes are spread over all codes but -128', () => {
  const bytes = new Int8Array(filledWords({ kind: 'bytes' }, 3, 0, 20_000).buffer);
  const seen = new Set(bytes);
  expect(seen.size).toBe(255);
  expect(seen.has(-128)).toBe(false);
});

test('floats fill their range around the offset', () => {
  const floats = new Float32Array(
    filledWords({ kind: 'floats', scale: 0.5, offset: 1 }, 3, 0, 20_000).buffer,
  );
  const mean = floats.reduce((sum, value) => sum + value, 0) / floats.length;
  expect(Math.min(...floats)).toBeGreaterThanOrEqual(0.5);
  expect(Math.max(...floats)).toBeLessThanOrEqual(1.5);
  expect(Math.max(...floats) - Math.min(...floats)).toBeGreaterThan(0.99);
  expect(mean).toBeCloseTo(1, 2);
});

test('halves keep one magnitude, and their sign only where it is wanted', () => {
  const exponents = (signed: boolean) =>
    new Set(
      new Uint16Array(filledWords(halvesAround(0.02, signed), 1, 0, 500).buffer).map((half) => half >> 10),
    );
  expect(exponents(false).size).toBe(1);
  expect(exponents(true).size).toBe(2);
});
