import { expect, test } from 'vitest';
import { LoadRate, timeSpan } from '../../demo/model/load-rate.ts';
import { planText } from '../../demo/model/plan-text.ts';
import type { LoadPlan } from '../../src/index.ts';

const plan: LoadPlan = {
  verdict: 'fits',
  message: 'Fits: 3.2 GB of weights.',
  downloadBytes: 19_403_476_800,
  weightBytes: 3_144_155_968,
  kv: 'f16',
  kvBytesPer1000Tokens: 147_456_000,
  scratchBytes: 1,
  featureCacheBytes: 1,
  contextTokens: 36_864,
};

const gpu = { bytesPerSec: 12_500_000, software: false, secPerWeight: 1e-9 };
const processor = { ...gpu, software: true, secPerWeight: 1 / 128e6 };

test('a plan tells what is fetched and how long that takes, and promises no memory that nobody measured', () => {
  const { verdict, facts } = planText(plan, 'q4', gpu);
  expect(facts.map(({ value }) => value)).toEqual([
    '19.40 GB, about 26 min at 12.5 MB/s',
    '3.14 GB, and 147.5 MB for every 1,000 tokens',
    'shows with the first answer',
  ]);
  expect(verdict).toContain('if it has the memory');
  expect(planText(plan, 'q4', { ...gpu, bytesPerSec: null }).facts[0]?.value).toBe('19.40 GB');
});

test('on a processor a plan says how slow it will be, and does not say that it fits', () => {
  const { verdict, facts } = planText(plan, 'q4', processor);
  expect(facts[2]?.value).toBe('about 1 token in 44 s here: too slow');
  expect(verdict).toContain('too slow');
  expect(verdict).not.toContain('Fits');
  const tiny = { ...plan, weightBytes: 4_581_120 };
  expect(planText(tiny, 'f32', processor).facts[2]?.value).toBe('about 112 tokens in a second here');
});

test('a model that is kept has nothing to fetch', () => {
  expect(planText({ ...plan, downloadBytes: 0 }, 'q4', gpu).facts[0]?.value).toContain('nothing');
});

test('less room than the model reads is told in tokens', () => {
  const { verdict } = planText({ ...plan, verdict: 'fits-with', contextTokens: 8192 }, 'q4', gpu);
  expect(verdict).toContain('at most 8,192 tokens');
});

test('a model that does not fit is refused in the words of the plan', () => {
  const message = 'Does not fit: wte needs larger buffers than this GPU allows (268 MB).';
  expect(planText({ ...plan, verdict: 'does-not-fit', message }, 'q4', processor).verdict).toBe(message);
});

test('the rate is that of the last seconds, and starts anew after a pause', () => {
  const rate = new LoadRate();
  rate.add(0, 0);
  rate.add(1000, 5e6);
  expect(rate.bytesPerSec).toBeNull();
  rate.add(2000, 10e6);
  expect(rate.bytesPerSec).toBe(5e6);
  for (let second = 3; second <= 20; second++) rate.add(second * 1000, 10e6 + (second - 2) * 1e6);
  expect(rate.bytesPerSec).toBe(1e6);
  rate.restart();
  expect(rate.bytesPerSec).toBeNull();
  expect([42, 1500, 9000].map(timeSpan)).toEqual(['42 s', '25 min', '2.5 h']);
});
