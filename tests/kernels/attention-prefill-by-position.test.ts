import { test } from 'vitest';
import { attentionPrefillByPosition } from '../../src/kernels/attention-prefill-by-position.ts';
import { attentionReference, causalOrBothImage } from '../reference/attention.ts';
import { tolerances } from '../tolerances.ts';
import {
  attentionData,
  hugeOrders,
  hugeScores,
  type AttentionData,
  type AttentionShape,
} from './attention-data.ts';
import { expectClose, guard, useGpu } from './gpu-harness.ts';
import { shuffled } from './random.ts';

const gpu = useGpu();

interface Case {
  readonly why: string;
  readonly positions: readonly number[];
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  /** Slots in use; default: up to the last position. */
  readonly keys?: number;
  /** Slots of the cache after those; they hold NaN. */
  readonly freeSlots?: number;
  readonly isImage?: (slot: number) => boolean;
  readonly spareRows?: number;
}

/** The positions from..to-1. */
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
const within = (slot: number, from: number, to: number): boolean => slot >= from && slot < to;

const control = { positions: range(0, 64), heads: 2, kvHeads: 2, headDim: 64 };

const cases: Case[] = [
  { why: 'the control', ...control },
  { why: 'one row', ...control, positions: [0] },
  { why: 'two rows', ...control, positions: range(0, 2) },
  { why: 'three rows', ...control, positions: range(0, 3) },
  { why: 'five rows', ...control, positions: range(0, 5) },
  { why: 'one row more than a tile', ...control, positions: range(0, 33) },
  { why: '729 rows, no multiple of the tile', ...control, heads: 1, kvHeads: 1, positions: range(0, 729) },
  { why: 'heads of 4', ...control, headDim: 4 },
  { why: 'heads of 24', ...control, headDim: 24 },
  { why: 'heads of 72', ...control, headDim: 72 },
  { why: 'heads of 128', ...control, headDim: 128 },
  { why: 'an odd number of heads', ...control, heads: 3, kvHeads: 3 },
  { why: 'two query heads to a key head', ...control, heads: 4 },
  { why: 'four query heads to a key head', ...control, heads: 8 },
  { why: 'rows that continue a cache', ...control, positions: range(100, 137) },
  { why: 'one row that continues a cache', ...control, positions: [728] },
  { why: 'rows in any order', ...control, positions: shuffled(1, 64) },
  { why: 'free slots in the cache', ...control, positions: range(0, 37), freeSlots: 60 },
  { why: 'rows of y that stay as they are', ...control, positions: range(0, 37), spareRows: 3 },
  { why: 'image tokens only', ...control, isImage: () => true },
  { why: 'an image after the first token', ...control, isImage: (slot) => within(slot, 1, 50) },
  { why: 'an image at the end', ...control, isImage: (slot) => slot >= 40 },
  {
    why: 'two images with text before, between and behind',
    ...{ ...control, positions: range(0, 150) },
    isImage: (slot) => within(slot, 5, 60) || within(slot, 67, 131),
  },
  {
    why: 'rows of image tokens that end in column tokens',
    ...{ ...control, positions: range(0, 90) },
    isImage: (slot) => within(slot, 3, 80) && slot % 7 !== 2,
  },
  {
    why: 'image and text taking turns',
    ...control,
    positions: range(0, 99),
    isImage: (slot) => slot % 2 === 1,
  },
  {
    why: 'a part of the rows, whose image goes on in later slots',
    ...{ ...control, positions: range(50, 83), keys: 200 },
    isImage: (slot) => within(slot, 20, 70) || within(slot, 90, 180),
  },
  {
    why: 'text after an image in the cache',
    ...{ ...control, positions: range(90, 100) },
    isImage: (slot) => within(slot, 4, 80),
  },
  {
    why: 'images, four query heads to a key head, heads of 128 and free slots',
    ...{ positions: range(0, 77), heads: 8, kvHeads: 2, headDim: 128, freeSlots: 3, spareRows: 1 },
    isImage: (slot) => within(slot, 2, 30) || within(slot, 33, 61),
  },
];

const keysOf = (c: Case): number => c.keys ?? Math.max(...c.positions) + 1;

const shapeOf = (c: Case): AttentionShape => ({
  queries: c.positions.length,
  keys: keysOf(c),
  ...{ heads: c.heads, kvHeads: c.kvHeads, headDim: c.headDim },
});

async function expectReference(c: Case, data: AttentionData): Promise<void> {
  const { heads, headDim, freeSlots = 0, spareRows = 0 } = c;
  const [rows, keys] = [c.positions.length, keysOf(c)];
  const [width, kvWidth] = [heads * headDim, c.kvHeads * headDim];
  const isImage = Uint32Array.from(range(0, keys + freeSlots), (slot) => (c.isImage?.(slot) ? 1 : 0));
  const cache = (label: string, used: Float32Array) => {
    const values = new Float32Array((keys + freeSlots) * kvWidth).fill(NaN);
    values.set(used);
    return gpu().input(label, [keys + freeSlots, kvWidth], values);
  };
  const y = gpu().output('y', [rows + spareRows, width]);
  const q = gpu().input('q', [rows, width], data.q);
  const positions = gpu().input('positions', [rows], Uint32Array.from(c.positions));
  const image = gpu().input('isImage', [isImage.length], isImage);
  const inUse = { k: cache('k', data.k), v: cache('v', data.v), isImage: image, count: keys };
  await gpu().run(attentionPrefillByPosition(gpu().kernels, q, inUse, positions, y, c));

  const expected = new Float64Array((rows + spareRows) * width).fill(guard);
  expected.set(attentionReference({ ...shapeOf(c), ...data }, causalOrBothImage(c.positions, isImage)));
  expectClose(await gpu().read(y), expected, tolerances.softmax);
}

test.each(cases)('attention-prefill-by-position matches the reference with $why', async (c) => {
  await expectReference(c, attentionData(shapeOf(c)));
});

test.each(hugeOrders)(
  'attention-prefill-by-position keeps its running maximum when scores of size 1e4 are %s',
  async (order) => {
    const c: Case = {
      why: '',
      ...control,
      positions: range(0, 100),
      isImage: (slot) => within(slot, 10, 90),
    };
    await expectReference(c, hugeScores(shapeOf(c), order));
  },
);
