import { describe, expect, test } from 'vitest';
import {
  allFinite,
  drawCandidate,
  largest,
  sampleToken,
  seededRandom,
  totalError,
  type Candidates,
} from '../../src/decoder/sampling.ts';

const logits = Float32Array.of(1, 3, 2, 3, -5);
const all = { temperature: 1, topK: Infinity, topP: 1, minP: 0 };

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

test('min-p keeps the ids that are likely enough beside the largest', () => {
  // Beside the largest: 1, 1, e^-1 = 0.37, e^-2 = 0.14.
  expect(shares({ ...all, minP: 0.3 }).map((share) => share > 0)).toEqual([false, true, true, true, false]);
  expect(shares({ ...all, minP: 0.1 }).map((share) => share > 0)).toEqual([true, true, true, true, false]);
  expect(shares({ ...all, minP: 1 }).map((share) => share > 0)).toEqual([false, true, false, true, false]);
  // A higher temperature makes the others likelier.
  expect(shares({ ...all, minP: 0.3, temperature: 2 }, 2000)[0]).toBeGreaterThan(0);
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

/** Logits of a vocabulary, of which a few stand out. */
function vocabulary(seed: number, size: number, spread: number): Float32Array {
  const random = seededRandom(seed);
  return Float32Array.from({ length: size }, () => spread * (random() + random() + random() - 1.5));
}

/** What the GPU brings of these logits; its total is off by `error` of itself. */
function candidatesOf(values: Float32Array, k: number, temperature: number, error = 0): Candidates {
  const ids = Array.from(values.keys()).sort((a, b) => values[b]! - values[a]! || a - b);
  const highest = values[ids[0]!]!;
  const total = values.reduce((sum, logit) => sum + Math.exp((logit - highest) / temperature), 0);
  const best = ids.slice(0, k);
  return {
    ids: best,
    logits: best.map((id) => values[id]!),
    total: total * (1 + error),
    finite: true,
    vocabSize: values.length,
  };
}

/** How many of `draws` draws the candidates decide; each that they do must be the draw from all logits. */
function decided(spread: number, options: typeof all, error: number, draws = 60): number {
  let count = 0;
  for (let seed = 0; seed < draws; seed++) {
    const values = vocabulary(seed, 2000, spread);
    const number = seededRandom(seed + 1000)();
    const candidates = candidatesOf(values, 64, options.temperature, error);
    const id = drawCandidate(candidates, options, number);
    if (id === null) continue;
    expect(id).toBe(sampleToken(values, options, () => number));
    count += 1;
  }
  return count;
}

describe('a draw from the candidates is the draw from all logits, or none', () => {
  const errors = [-totalError, 0, totalError];

  test.each(errors)('with top-k, where the total (off by %d) does not matter', (error) => {
    expect(decided(8, { ...all, topK: 64 }, error)).toBe(60);
    expect(decided(8, { ...all, topK: 5, topP: 0.8 }, error)).toBe(60);
  });

  test.each(errors)('with top-p alone, and a total that is off by %d', (error) => {
    expect(decided(20, { ...all, topP: 0.9 }, error)).toBeGreaterThan(55);
    expect(decided(1, { ...all, topP: 0.9 }, error)).toBe(0);
  });

  test.each(errors)('from everything, and a total that is off by %d', (error) => {
    expect(decided(20, all, error)).toBeGreaterThan(50);
    const some = decided(6, all, error);
    expect(some).toBeGreaterThan(5);
    expect(some).toBeLessThan(55);
  });

  test('with min-p, which alone needs no total', () => {
    expect(decided(20, { ...all, minP: 0.02 }, totalError, 30)).toBe(30);
    expect(decided(20, { ...all, minP: 0.02, topK: 65 }, -totalError, 30)).toBe(30);
    expect(decided(20, { ...all, minP: 0.02, topP: 0.9 }, totalError, 30)).toBeGreaterThan(26);
    expect(decided(1, { ...all, minP: 0.02 }, totalError, 30)).toBeLessThan(28);
  });

  test('with a top-k that is larger than the candidates, only if it is the vocabulary', () => {
    expect(decided(20, { ...all, topK: 65 }, 0)).toBe(0);
    expect(decided(20, { ...all, topK: 2000 }, 0)).toBeGreaterThan(50);
    expect(decided(20, { ...all, topK: 9000 }, 0)).toBeGreaterThan(50);
  });

  test('from a vocabulary that the candidates hold whole', () => {
    const options = { ...all, topP: 0.95, topK: 9 };
    for (const number of [0, 0.3, 0.7, 0.999999])
      expect(drawCandidate(candidatesOf(logits, 64, 1), options, number)).toBe(
        sampleToken(logits, options, () => number),
      );
  });

  test('and none on a border that the error of the total blurs, or from a total that is no number', () => {
    const values = vocabulary(3, 2000, 20);
    const candidates = candidatesOf(values, 64, 1);
    const border = Math.exp(0) / candidates.total; // between the first id and the second
    expect(drawCandidate(candidates, all, border * (1 - totalError / 2))).toBeNull();
    expect(drawCandidate(candidates, all, border * (1 - 3 * totalError))).toBe(candidates.ids[0]);
    expect(drawCandidate(candidates, all, border * (1 + 3 * totalError))).toBe(candidates.ids[1]);
    expect(drawCandidate(candidates, { ...all, topP: border }, 0.5)).toBeNull();
    for (const topP of [0.5, 1])
      expect(drawCandidate({ ...candidates, total: NaN }, { ...all, topP }, 0.01)).toBeNull();
  });
});

test.each<[string, number[], boolean]>([
  ['nothing', [], true],
  ['numbers', [1, -2, 0], true],
  ['the largest numbers', new Array<number>(1000).fill(3.4028234663852886e38), true],
  ['a NaN among them', [1, NaN, 2], false],
  ['an infinity', [1, 2, Infinity], false],
  ['two infinities that cancel', [Infinity, 5, -Infinity], false],
])('%s: all finite?', (_, values, expected) => {
  expect(allFinite(Float32Array.from(values))).toBe(expected);
});
