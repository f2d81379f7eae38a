import { describe, expect, test } from 'vitest';
import { portableCapabilities } from '../../src/gpu/capabilities.ts';
import type { KernelSettings } from '../../src/gpu/kernel-settings.ts';
import {
  attentionTiles,
  keyTile,
  tileBytes,
  tileRows,
  type AttentionTiles,
  type TileForm,
} from '../../src/kernels/attention/attention-tiles.ts';
import {
  attentionClass,
  attentionPlan,
  attentionVariants,
  chooseAttention,
  workgroupRanges,
  type AttentionWork,
} from '../../src/kernels/attention/choose-attention.ts';

const settings = (change: Partial<typeof portableCapabilities>): KernelSettings => ({
  capabilities: { ...portableCapabilities, ...change },
  tuned: {},
});
const gpu = settings({});
const withSubgroups = settings({ subgroupSize: 32, workgroupMemory: 32768 });
const processor = settings({ software: true });

const released = { heads: 32, kvHeads: 8, headDim: 128 };
const work: AttentionWork = { op: 'prefill', queries: 2048, keys: 33_000, ...released, format: 'f16' };
const encoder: AttentionWork = { ...work, op: 'encoder', heads: 16, kvHeads: 16, headDim: 72, format: 'f32' };

describe('which attention kernel', () => {
  test('a GPU without subgroups takes the portable one, a processor its own', () => {
    expect(chooseAttention(gpu, work)).toBe('portable');
    expect(chooseAttention(withSubgroups, work)).toBe('subgroups');
    expect(chooseAttention(processor, work)).toBe('software');
    expect(chooseAttention(settings({ software: true, subgroupSize: 4 }), work)).toBe('four-lanes');
    expect(attentionVariants(settings({ subgroupSize: 4 }), work)).not.toContain('four-lanes');
  });

  test('subgroups are taken where the invocations of a row fit into one', () => {
    const narrow = settings({ subgroupSize: 8 });
    expect(chooseAttention(narrow, work)).toBe('portable');
    expect(chooseAttention(narrow, encoder)).toBe('subgroups');
    expect(attentionVariants(settings({ subgroupSize: 4 }), encoder)).not.toContain('subgroups');
  });

  test('no variant is offered that cannot do the work', () => {
    expect(attentionVariants(gpu, work)).not.toContain('subgroups');
    expect(attentionVariants(withSubgroups, { ...work, headDim: 260 })).toEqual(['software']);
    expect(attentionVariants(withSubgroups, { ...work, heads: 66, kvHeads: 2 })).toEqual(['software']);
  });

  test('a tuned choice overrules, unless the device cannot run it', () => {
    const tuned = { [attentionClass(work)]: 'subgroups' };
    expect(chooseAttention({ ...gpu, tuned }, work)).toBe('portable');
    const plain = { [attentionClass(work)]: 'portable' };
    expect(chooseAttention({ ...withSubgroups, tuned: plain }, { ...work, queries: 1500 })).toBe('portable');
  });
});

describe('the tiles of a workgroup', () => {
  const sizes = Array.from({ length: 64 }, (_, i) => 4 * (i + 1));
  const forms = ['floats', 'halves'] as const;

  test.each([16384, 24 * 1024, 32768])('for every size of a head fit %i bytes', (memory) => {
    for (const headDim of sizes)
      for (const form of forms) {
        if (form === 'halves' && headDim % 8 !== 0) continue;
        const tiles = attentionTiles(headDim, form, memory);
        expect(tileBytes(tiles, headDim, form), `heads of ${headDim} in ${form}`).toBeLessThanOrEqual(memory);
        expectNamed(tiles, headDim, form);
      }
  });

  /** What an invocation loads and holds has a name in the shader. */
  function expectNamed(tiles: AttentionTiles, headDim: number, form: TileForm): void {
    const { quads, across, down, chunk, step } = tiles;
    const unit = form === 'halves' ? 2 : 1;
    const each = (items: number) => Math.ceil(items / (across * down));
    expect(chunk % unit).toBe(0);
    expect(each(tileRows(tiles) * chunk)).toBeLessThanOrEqual(8);
    expect(each((keyTile(tiles) * chunk) / unit)).toBeLessThanOrEqual(4);
    expect(each((step * headDim) / 4 / unit)).toBeLessThanOrEqual(4);
    expect(keyTile(tiles) % step).toBe(0);
    const rest = (headDim / 4) % across;
    const columns = Math.floor(headDim / 4 / across) + (rest * 4 > across ? 1 : 0);
    expect(columns * quads).toBeLessThanOrEqual(4);
  }

  // Bytes of workgroup memory and workgroups of a dispatch over 2,048 tokens, or 8 crops, of the 4B.
  test.each([
    ['encoder', 'subgroups', 32768, 15_104, 1536],
    ['encoder', 'portable', 16384, 15_104, 1536],
    ['f32', 'subgroups', 32768, 22_784, 1024],
    ['f32', 'portable', 16384, 14_592, 1024],
    ['f16', 'subgroups', 32768, 22_272, 1024],
    ['f16', 'portable', 16384, 16_128, 1024],
    ['int8', 'subgroups', 32768, 22_272, 1024],
    ['int8', 'portable', 16384, 16_128, 1024],
  ] as const)('of the 4B: %s, %s, in %i bytes', (format, variant, memory, bytes, workgroups) => {
    const device = settings({ subgroupSize: variant === 'subgroups' ? 32 : null, workgroupMemory: memory });
    const one = format === 'encoder' ? { ...encoder, queries: 8 * 729, keys: 729 } : { ...work, format };
    const { headGroups, queryTile, form, constants } = attentionPlan(device, one);
    const crops = format === 'encoder' ? 8 : 1;
    expect(chooseAttention(device, one)).toBe(variant);
    expect(crops * headGroups * Math.ceil(one.queries / crops / queryTile)).toBe(workgroups);
    const halves = form.endsWith('halves') ? 'halves' : 'floats';
    const tiles = attentionTiles(one.headDim, halves, memory);
    expect(tileBytes(tiles, one.headDim, halves)).toBe(bytes);
    expect(constants).toMatchObject({ QUADS: tiles.quads, CHUNK: tiles.chunk, STEP: tiles.step });
  });

  test('that an invocation has no names for are refused', () => {
    const tiles = { quads: 2, across: 8, down: 16, chunk: 9, step: 8 } as const;
    expect(() => attentionPlan(gpu, encoder, 'portable', tiles)).toThrow(/heads of 72/);
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8, 32])('have rows for %i query heads of each key head', (each) => {
    const { queryTile, headGroups } = attentionPlan(gpu, { ...work, heads: each, kvHeads: 1 });
    expect(queryTile).toBe(Math.floor(64 / each));
    expect(headGroups).toBe(1);
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
    const { cost, queryTile, headGroups } = attentionPlan(gpu, { ...work, queries: 33_472, keys: 33_472 });
    const ranges = workgroupRanges(gpu, (33_472 / queryTile) * headGroups, cost);
    expect(Math.max(...ranges.map((range) => range.cost))).toBeLessThanOrEqual(2 ** 34);
    expect(ranges.length).toBeLessThan(600);
  });

  test('a fast device takes a layer of 16,384 tokens in few dispatches, a processor stays as it was', () => {
    const { cost } = attentionPlan(gpu, { ...work, queries: 16_384, keys: 16_384 });
    const dispatches = (attentionCost: number, settings = gpu) =>
      workgroupRanges({ ...settings, attentionCost }, 8192, cost).length;
    const slow = workgroupRanges(gpu, 8192, cost).length;
    expect(slow).toBe(128);
    expect(dispatches(1e6)).toBe(slow);
    expect(dispatches(2 ** 39)).toBe(4);
    expect(dispatches(1e18)).toBe(2);
    expect(dispatches(1e18, processor)).toBe(8192);
  });
});
