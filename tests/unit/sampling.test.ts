import { expect, test } from 'vitest';
import { largest, sampleToken, seededRandom } from '../../src/decoder/sampling.ts';

const logits = Float32Array.of(1, 3, 2, 3, -5);
const all = { temperature: 1, topK: Infinity, topP: 1 };

/** Shares of each id over many draws. */
function shares(options: typeof all, draws = 20_000): number[] {
  const random = seededRandom(11);
  const counts = Array.from(logits, () => 0);
  for (let i = 0; i < draws; i++) counts[sampleToken(logits, options, random)]! += 1;
  return counts.map((count) => count / draws);
}

function softmax(values: readonly number[], temperature: number): number[] {
  const weights = values.map((value) => Math.exp(value / temperature));
  const total = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / total);
}

test('of equal logits the lower id is the largest', () => {
  expect(largest(logits)).toBe(1);
  expect(sampleToken(logits, { ...all, temperature: 0 }, () => 0.999)).toBe(1);
});

test.each([0.5, 1, 2])('draws follow the softmax at temperature %d', (temperature) => {
  const expected = softmax([...logits], temperature);
  shares({ ...all, temperature }).forEach((share, id) =>
    expect(Math.abs(share - expected[id]!)).toBeLessThan(0.015),
  );
});

test('top-k keeps the k largest and renormalises', () => {
  const [zero, one, two, three, four] = shares({ ...all, topK: 2 });
  expect([zero, two, four]).toEqual([0, 0, 0]);
  expect(Math.abs(one! - 0.5)).toBeLessThan(0.015);
  expect(Math.abs(three! - 0.5)).toBeLessThan(0.015);
});

test('top-p keeps the fewest ids that reach p', () => {
  // Probabilities 0.400, 0.400, 0.147, 0.054, ...: two ids reach 0.75, the third is needed for 0.85.
  expect(shares({ ...all, topP: 0.75 }).map((share) => share > 0)).toEqual([false, true, false, true, false]);
  expect(shares({ ...all, topP: 0.85 }).map((share) => share > 0)).toEqual([false, true, true, true, false]);
});

test('a seed always gives the same numbers, evenly spread', () => {
  const [a, b] = [seededRandom(5), seededRandom(5)];
  const numbers = Array.from({ length: 10_000 }, () => a());
  expect(Array.from({ length: 10_000 }, () => b())).toEqual(numbers);
  const bins = Array.from(
    { length: 10 },
    (_, bin) => numbers.filter((n) => Math.floor(n * 10) === bin).length,
  );
  for (const count of bins) expect(Math.abs(count - 1000)).toBeLessThan(120);
  expect(seededRandom(6)()).not.toBe(seededRandom(5)());
});
