import { expect, test } from 'vitest';
import { checked, relativeError } from '../../bench/measure/check.ts';
import { measure } from '../../bench/measure/measure.ts';
import { randomFloats, spread } from '../../bench/inputs/random.ts';
import { geometricMean, launchMs, median, quantile, runsPerSample } from '../../bench/measure/statistics.ts';

test('medians and quantiles do not depend on the order', () => {
  expect(median([5, 1, 3])).toBe(3);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(quantile([40, 10, 30, 20], 0.95)).toBeCloseTo(38.5, 12);
  expect(quantile([7], 0.95)).toBe(7);
  expect(median([])).toBeNaN();
});

test('the geometric mean of a ratio and its inverse is 1', () => {
  expect(geometricMean([4, 0.25])).toBeCloseTo(1, 12);
  expect(geometricMean([2, 8])).toBeCloseTo(4, 12);
});

test('a sample takes at least 20 ms and at most 3 s, and one run when that is longer', () => {
  expect(runsPerSample(0.1)).toBe(200);
  expect(runsPerSample(19)).toBe(2);
  expect(runsPerSample(25)).toBe(1);
  expect(runsPerSample(9000)).toBe(1);
  expect(runsPerSample(0)).toBe(16384);
});

test('two numbers of runs tell what a submission costs', () => {
  // 2 ms to launch and 0.5 ms for each run.
  expect(launchMs({ runs: 10, ms: [7, 7.1, 6.9] }, { runs: 40, ms: [22, 22, 22] })).toBeCloseTo(2, 12);
});

test('noise never makes a launch negative or longer than half a sample', () => {
  expect(launchMs({ runs: 10, ms: [1] }, { runs: 40, ms: [22] })).toBe(0);
  expect(launchMs({ runs: 10, ms: [30] }, { runs: 40, ms: [22] })).toBe(11);
  expect(launchMs({ runs: 0, ms: [] }, { runs: 1, ms: [22] })).toBe(0);
});

test('contenders take turns, and their warm-up is not counted', async () => {
  const calls: string[] = [];
  const contender = (name: string) => ({
    name,
    run: (times: number) => {
      calls.push(`${name}${times}`);
      return Promise.resolve();
    },
  });
  const timings = await measure([contender('a'), contender('b')], { rounds: 3, whole: true });
  expect(calls).toEqual(['a1', 'b1', 'a1', 'b1', 'a1', 'b1', 'a1', 'b1']);
  expect(timings.map(({ samples }) => samples)).toEqual([3, 3]);
});

test('a short run is repeated until the clock can see it', async () => {
  let ms = 0;
  const startMs = performance.now();
  const realNow = performance.now.bind(performance);
  performance.now = () => startMs + ms;
  try {
    const contender = {
      name: 'half a millisecond, 3 ms to launch',
      run: (times: number) => {
        ms += 3 + 0.5 * times;
        return Promise.resolve();
      },
    };
    const [timing] = await measure([contender], { rounds: 5, whole: false });
    expect(timing?.medianMs).toBeCloseTo(0.5, 6);
    expect(timing?.p95Ms).toBeCloseTo(0.5, 6);
  } finally {
    performance.now = realNow;
  }
});

test('a cancelled measurement throws the reason', async () => {
  const contender = { name: 'a', run: () => Promise.resolve() };
  const signal = AbortSignal.abort(new Error('enough'));
  await expect(measure([contender], { rounds: 1, whole: true, signal })).rejects.toThrow('enough');
});

test('a difference counts against the largest value, and NaN never passes', () => {
  expect(relativeError([1, 2.5], [1, 2])).toBeCloseTo(0.25, 12);
  expect(relativeError([1, NaN], [1, 2])).toBe(Infinity);
  expect(relativeError([1], [1, 2])).toBe(Infinity);
  expect(relativeError([], [])).toBe(Infinity);
  expect(relativeError([0, 0], [0, 0])).toBe(0);
  expect(checked([1], [NaN], 1).ok).toBe(false);
  expect(checked([1.001], [1], 0.01)).toMatchObject({ ok: true, limit: 0.01 });
});

test('samples are spread from the first to the last', () => {
  expect(spread(3, 101)).toEqual([0, 50, 100]);
  expect(spread(8, 3)).toEqual([0, 1, 2]);
  expect(spread(5, 1)).toEqual([0]);
});

test('random numbers are the same for the same seed and fill their range', () => {
  const values = randomFloats(7, 4000, 2);
  expect(randomFloats(7, 4000, 2)).toEqual(values);
  expect(Math.max(...values)).toBeGreaterThan(1.99);
  expect(Math.min(...values)).toBeLessThan(-1.99);
  expect(Math.abs(values.reduce((sum, value) => sum + value, 0) / 4000)).toBeLessThan(0.1);
});
