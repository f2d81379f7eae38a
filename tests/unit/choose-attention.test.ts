import { describe, expect, test } from 'vitest';
import { portableCapabilities } from '../../src/gpu/capabilities.ts';
import type { KernelSettings } from '../../src/gpu/kernel-settings.ts';
import {
  attentionClass,
  attentionVariants,
  chooseAttention,
  queryTile,
  workgroupRanges,
  type AttentionWork,
} from '../../src/kernels/attention/choose-attention.ts';

const settings = (change: Partial<typeof portableCapabilities>): KernelSettings => ({
  capabilities: { ...portableCapabilities, ...change },
  tuned: {},
});
const gpu = settings({});
const withHalves = settings({ f16: true });
const processor = settings({ software: true });

const work: AttentionWork = {
  op: 'prefill',
  queries: 2048,
  keys: 33_000,
  headDim: 128,
  format: 'f16',
  exact: false,
};

describe('which attention kernel', () => {
  test('a GPU without halves takes the portable one, a processor its own', () => {
    expect(chooseAttention(gpu, work)).toBe('portable');
    expect(chooseAttention(processor, work)).toBe('software');
  });

  test('halves are taken unless the answer is to be exact, which tuning cannot overrule', () => {
    expect(chooseAttention(withHalves, work)).toBe('half');
    expect(chooseAttention(withHalves, { ...work, format: 'int8' })).toBe('half');
    const encoder = { ...work, op: 'encoder', format: 'f32' } as const;
    expect(chooseAttention(withHalves, encoder)).toBe('half');
    expect(chooseAttention(withHalves, { ...encoder, exact: true })).toBe('portable');
    const tuned = { [attentionClass(encoder)]: 'half' };
    expect(chooseAttention({ ...withHalves, tuned }, { ...encoder, exact: true })).toBe('portable');
  });

  test('no variant is offered that the device cannot run', () => {
    expect(attentionVariants(gpu, work)).not.toContain('half');
    expect(attentionVariants(withHalves, { ...work, headDim: 260 })).toEqual(['software']);
  });

  test('a tuned choice overrules, unless the device cannot run it', () => {
    const tuned = { [attentionClass(work)]: 'half' };
    expect(chooseAttention({ ...gpu, tuned }, work)).toBe('portable');
    expect(chooseAttention({ ...withHalves, tuned }, { ...work, queries: 1500 })).toBe('half');
  });

  test.each([
    [4, 64],
    [24, 64],
    [64, 64],
    [72, 64],
    [128, 32],
    [256, 16],
  ])('a tile for GPUs with heads of %i has %i queries', (headDim, queries) => {
    expect(queryTile('portable', headDim)).toBe(queries);
  });
});

describe('workgroups of a dispatch', () => {
  test.each([
    { workgroups: 1, mostCost: 100 },
    { workgroups: 10, mostCost: 100 },
    { workgroups: 11, mostCost: 100 },
    { workgroups: 7, mostCost: 1 },
    { workgroups: 200_000, mostCost: 1e9 },
  ])('are all of $workgroups once, within $mostCost and 65535', ({ workgroups, mostCost }) => {
    const ranges = workgroupRanges(gpu, workgroups, 10, mostCost);
    let next = 0;
    for (const { first, count, cost } of ranges) {
      expect(first).toBe(next);
      expect(count).toBeGreaterThan(0);
      expect(count).toBeLessThanOrEqual(65535);
      expect(cost).toBe(count * 10);
      expect(cost).toBeLessThanOrEqual(Math.max(10, mostCost));
      next += count;
    }
    expect(next).toBe(workgroups);
  });

  test('a layer of 33,000 tokens is cut into hundreds of dispatches for the 4B', () => {
    const cost = queryTile('portable', 128) * 33_472 * 128 * 2;
    const ranges = workgroupRanges(gpu, (33_472 / 32) * 32, cost);
    expect(Math.max(...ranges.map((range) => range.cost))).toBeLessThanOrEqual(2 ** 34);
    expect(ranges.length).toBeLessThan(600);
  });
});
