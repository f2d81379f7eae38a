import { test } from 'vitest';
import { attentionDecode } from '../../src/kernels/attention-decode.ts';
import { attentionReference } from '../reference/attention.ts';
import { tolerances } from '../tolerances.ts';
import {
  attentionData,
  hugeOrders,
  hugeScores,
  type AttentionData,
  type AttentionShape,
} from './attention-data.ts';
import { expectClose, guard, useGpu } from './gpu-harness.ts';

const gpu = useGpu();

interface Case {
  readonly why: string;
  readonly position: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  /** Slots of the cache after the position; they hold NaN. */
  readonly freeSlots?: number;
  readonly spareRows?: number;
}

const control = { position: 63, heads: 2, kvHeads: 2, headDim: 64 };

const cases: Case[] = [
  { why: 'the control, which fills one tile', ...control },
  { why: 'the first token', ...control, position: 0 },
  { why: 'the second token', ...control, position: 1 },
  { why: 'one key less than a tile', ...control, position: 62 },
  { why: 'one key more than a tile', ...control, position: 64 },
  { why: '729 keys, no multiple of the tile', ...control, position: 728 },
  { why: 'heads of 4', ...control, headDim: 4, position: 100 },
  { why: 'heads of 24', ...control, headDim: 24, position: 100 },
  { why: 'heads of 72', ...control, headDim: 72, position: 100 },
  { why: 'heads of 128', ...control, headDim: 128, position: 100 },
  { why: 'heads with exactly as many columns as invocations', ...control, headDim: 256 },
  { why: 'heads with more columns than invocations', ...control, headDim: 260, position: 100 },
  { why: 'an odd number of heads', ...control, heads: 3, kvHeads: 3 },
  { why: 'two query heads to a key head', ...control, heads: 4 },
  { why: 'four query heads to a key head', ...control, heads: 8 },
  { why: 'the heads of the 4B decoder', position: 300, heads: 32, kvHeads: 8, headDim: 128 },
  { why: 'free slots in the cache', ...control, position: 70, freeSlots: 200 },
  { why: 'rows of y that stay as they are', ...control, spareRows: 2 },
];

const shapeOf = ({ position, heads, kvHeads, headDim }: Case): AttentionShape => ({
  queries: 1,
  keys: position + 1,
  ...{ heads, kvHeads, headDim },
});

async function expectReference(c: Case, data: AttentionData): Promise<void> {
  const { position, freeSlots = 0, spareRows = 0 } = c;
  const slots = position + 1 + freeSlots;
  const [width, kvWidth] = [c.heads * c.headDim, c.kvHeads * c.headDim];
  const cache = (label: string, used: Float32Array) => {
    const values = new Float32Array(slots * kvWidth).fill(NaN);
    values.set(used);
    return gpu().input(label, [slots, kvWidth], values);
  };
  const y = gpu().output('y', [1 + spareRows, width]);
  const q = gpu().input('q', [1, width], data.q);
  const positions = gpu().input('positions', [1], Uint32Array.of(position));
  await gpu().run(attentionDecode(gpu().kernels, q, cache('k', data.k), cache('v', data.v), positions, y, c));

  const expected = new Float64Array((1 + spareRows) * width).fill(guard);
  expected.set(attentionReference({ ...shapeOf(c), ...data }, () => true));
  expectClose(await gpu().read(y), expected, tolerances.softmax);
}

test.each(cases)('attention-decode matches the reference with $why', async (c) => {
  await expectReference(c, attentionData(shapeOf(c)));
});

test.each(hugeOrders)(
  'attention-decode keeps its running maximum when scores of size 1e4 are %s',
  async (order) => {
    const c: Case = { why: '', ...control, position: 199 };
    await expectReference(c, hugeScores(shapeOf(c), order));
  },
);
