import { expect, test } from 'vitest';
import { planText } from '../../demo/plan-text.ts';
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

test('a plan tells what is fetched and what memory it takes, without promising memory that nobody measured', () => {
  const { verdict, facts } = planText(plan);
  expect(facts.map(({ value }) => value)).toEqual(['19.40 GB', '3.14 GB', '147.5 MB']);
  expect(verdict).toContain('if it has the memory');
});

test('a model that is kept has nothing to fetch', () => {
  expect(planText({ ...plan, downloadBytes: 0 }).facts[0]?.value).toContain('nothing');
});

test('less room than the model reads is told in tokens', () => {
  const { verdict } = planText({ ...plan, verdict: 'fits-with', contextTokens: 8192 });
  expect(verdict).toContain('at most 8,192 tokens');
});

test('a model that does not fit is refused in the words of the plan', () => {
  const message = 'Does not fit: wte needs larger buffers than this GPU allows (268 MB).';
  expect(planText({ ...plan, verdict: 'does-not-fit', message }).verdict).toBe(message);
});
