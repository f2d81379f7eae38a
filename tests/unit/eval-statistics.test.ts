import { describe, expect, test } from 'vitest';
import { bootstrap, bootstrapMean, quantile } from '../../eval/metrics/bootstrap.ts';
import { pairedTest } from '../../eval/metrics/paired.ts';
import { randomIndices } from '../../eval/metrics/random.ts';

test('random numbers repeat with their seed and are spread evenly', () => {
  const [one, again, other] = [randomIndices(3), randomIndices(3), randomIndices(4)];
  const draws = (draw: (below: number) => number, count: number) =>
    Array.from({ length: count }, () => draw(10));
  const first = draws(one, 20_000);
  expect(draws(again, 20_000)).toEqual(first);
  expect(draws(other, 20_000)).not.toEqual(first);
  // 2000 of each are expected; 5 standard deviations are 212.
  for (let i = 0; i < 10; i++)
    expect(Math.abs(first.filter((value) => value === i).length - 2000)).toBeLessThan(212);
});

describe('bootstrap', () => {
  test('quantiles are interpolated', () => {
    expect(quantile([1, 2, 3, 4], 0.5)).toBe(2.5);
    expect(quantile([1, 2, 3, 4], 0.25)).toBe(1.75);
    expect([quantile([1, 5], 0), quantile([1, 5], 1), quantile([7], 0.3)]).toEqual([1, 5, 7]);
  });

  test('two questions, 0 and 1: resampled means are 0, 1/2 and 1 with 1/4, 1/2 and 1/4', () => {
    const interval = bootstrapMean([0, 1], { seed: 1 });
    expect(interval).toEqual({ value: 0.5, low: 0, high: 1 });
    // Between the quarters lie the halves.
    expect(bootstrapMean([0, 1], { seed: 1, level: 0.4 })).toEqual({ value: 0.5, low: 0.5, high: 0.5 });
  });

  test('of 100 questions, 60 right: about 0.6 +- 1.96 * sqrt(0.6 * 0.4 / 100) = 0.504 to 0.696', () => {
    const scores = Array.from({ length: 100 }, (_, i) => (i < 60 ? 1 : 0));
    const interval = bootstrapMean(scores, { seed: 2 });
    expect(interval?.value).toBeCloseTo(0.6, 12);
    expect(Math.abs((interval?.low ?? 0) - 0.504)).toBeLessThan(0.021); // two questions
    expect(Math.abs((interval?.high ?? 0) - 0.696)).toBeLessThan(0.021);
    expect(bootstrapMean(scores, { seed: 2 })).toEqual(interval);
  });

  test('equal scores have no width, none have no interval, and a statistic may be any', () => {
    expect(bootstrapMean([0.25, 0.25, 0.25])).toEqual({ value: 0.25, low: 0.25, high: 0.25 });
    expect(bootstrapMean([])).toBeNull();
    expect(bootstrap(5, (questions) => Math.max(...questions))?.value).toBe(4);
  });

  test('options and scores that make no interval are refused', () => {
    expect(() => bootstrapMean([1], { level: 1 })).toThrow('options.level must lie between 0 and 1, got 1');
    expect(() => bootstrapMean([1], { resamples: 0 })).toThrow('options.resamples');
    expect(() => bootstrapMean([1, NaN])).toThrow('is NaN, not a finite number');
  });
});

describe('paired test', () => {
  test('five questions that all got better: 2 of 32 signs are as large, p = 1/16', () => {
    const result = pairedTest([0, 0, 0, 0, 0], [1, 1, 1, 1, 1]);
    expect(result).toMatchObject({ pValue: 1 / 16, isExact: true, better: 5, worse: 0, same: 0 });
    expect(result?.difference).toEqual({ value: 1, low: 1, high: 1 });
  });

  test("right or wrong it is McNemar's exact test: 7 better and 1 worse are p = 18/256", () => {
    // Two-sided binomial: 2 * (C(8, 0) + C(8, 1)) / 2^8.
    const before = [0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0];
    const after = [1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 0];
    expect(pairedTest(before, after)).toMatchObject({ pValue: 18 / 256, better: 7, worse: 1, same: 3 });
  });

  test('differences 3, 2, -1 by hand: of 8 sums 6, 4, 2, 0 and their opposites, four are 4 or more', () => {
    expect(pairedTest([0, 0, 1], [3, 2, 0])?.pValue).toBe(4 / 8);
  });

  test('many questions are drawn, and come near the exact share', () => {
    // 20 questions, 15 better and 5 worse: 2 * (1 + 20 + 190 + 1140 + 4845 + 15504) / 2^20 = 0.0414.
    const before = Array.from({ length: 20 }, (_, i) => (i < 15 ? 0 : 1));
    const after = before.map((value) => 1 - value);
    const result = pairedTest(before, after, { seed: 3 });
    expect(result?.isExact).toBe(false);
    // 5 standard deviations of 10,000 draws are 0.01.
    expect(Math.abs((result?.pValue ?? 1) - 0.0414)).toBeLessThan(0.01);
    expect(pairedTest(before, after, { seed: 3 })).toEqual(result);
    const sure = pairedTest(
      Array.from({ length: 40 }, () => 0),
      Array.from({ length: 40 }, () => 1),
      { draws: 99 },
    );
    expect(sure?.pValue).toBe(0.01); // never 0
  });

  test('swapping the runs turns the difference round and nothing else', () => {
    const draw = randomIndices(9);
    for (let round = 0; round < 15; round++) {
      const scores = () => Array.from({ length: 8 }, () => draw(11) / 10);
      const [before, after] = [scores(), scores()];
      const [result, swapped] = [pairedTest(before, after), pairedTest(after, before)];
      expect(swapped?.pValue).toBe(result?.pValue);
      expect(swapped?.difference.value).toBeCloseTo(-(result?.difference.value ?? 0), 12);
      expect([swapped?.better, swapped?.worse]).toEqual([result?.worse, result?.better]);
    }
  });

  test('the same scores differ in nothing, p = 1', () => {
    expect(pairedTest([0.5, 1], [0.5, 1])).toMatchObject({ pValue: 1, same: 2, difference: { value: 0 } });
    expect(pairedTest([], [])).toBeNull();
  });

  test('runs that cannot be compared are refused', () => {
    expect(() => pairedTest([1], [1, 2])).toThrow('the same questions, got 1 and 2');
    expect(() => pairedTest([1, NaN], [1, 1])).toThrow('Question 1 has the scores NaN and 1');
    expect(() => pairedTest([1], [1], { draws: 0 })).toThrow('options.draws');
  });
});
