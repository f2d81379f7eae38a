import { describe, expect, test } from 'vitest';
import { promptOrder } from '../../src/decoder/prompt-order.ts';
import { portableCapabilities } from '../../src/gpu/capabilities.ts';
import type { KernelSettings } from '../../src/gpu/kernel-settings.ts';
import { attentionPrefill } from '../../src/kernels/attention/attention-prefill.ts';
import { kvFormats, type KvFormat } from '../../src/kernels/attention/kv-layer.ts';
import { attentionReference, twoRuns } from '../reference/attention.ts';
import { tolerances } from '../tolerances.ts';
import {
  attentionData,
  hugeOrders,
  hugeScores,
  type AttentionData,
  type AttentionShape,
} from './attention-data.ts';
import { casesBeside, casesHere } from './cases-here.ts';
import { expectClose, guard, useGpu } from './gpu-harness.ts';
import { kvLayerOf } from './kv-layers.ts';

const gpu = useGpu();

/** Which new tokens are image-type, in order of position; the cache before them is seen by all. */
interface Prompt {
  readonly cached: number;
  readonly isImage: readonly boolean[];
}

interface Case {
  readonly why: string;
  readonly prompt: Prompt;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  /** The rows of the prompt that are queries, of the order in which they are stored; default: all. */
  readonly rows?: readonly [from: number, to: number];
  readonly format?: KvFormat;
  readonly freeSlots?: number;
  readonly spareRows?: number;
  /** Of one dispatch. */
  readonly mostCost?: number;
}

interface Mask {
  readonly visible: Uint32Array; // [T, 2]
  readonly secondStart: number;
  readonly slots: number;
}

/** Image-type rows first, then text: what each row sees, by counting. */
function maskOf({ cached, isImage }: Prompt, [from, to] = [0, isImage.length]): Mask {
  const images = isImage.filter((image) => image).length;
  const secondStart = cached + images;
  const rows: [number, number][] = Array.from({ length: images }, () => [secondStart, secondStart]);
  const textEnds: [number, number][] = [];
  let imagesBefore = 0;
  let texts = 0;
  for (const image of isImage) {
    if (image) imagesBefore++;
    else textEnds.push([cached + imagesBefore, secondStart + ++texts]);
  }
  // An image token also sees the text before it.
  let row = 0;
  texts = 0;
  for (const image of isImage) {
    if (image) rows[row++]![1] = secondStart + texts;
    else texts++;
  }
  return {
    visible: Uint32Array.from([...rows, ...textEnds].slice(from, to).flat()),
    secondStart,
    slots: cached + isImage.length,
  };
}

const tokens = (count: number, isImage: (token: number) => boolean): boolean[] =>
  Array.from({ length: count }, (_, token) => isImage(token));
const text = (count: number, cached = 0): Prompt => ({ cached, isImage: tokens(count, () => false) });
const within = (token: number, from: number, to: number): boolean => token >= from && token < to;
const mixed = (count: number, isImage: (token: number) => boolean, cached = 0): Prompt => ({
  cached,
  isImage: tokens(count, isImage),
});

const control = { prompt: text(64), heads: 2, kvHeads: 2, headDim: 64 };
const video = mixed(180, (token) => token % 29 > 1);

const cases: Case[] = [
  { why: 'the control: text alone', ...control },
  { why: 'one row', ...control, prompt: text(1) },
  { why: 'two rows', ...control, prompt: text(2) },
  { why: 'three rows', ...control, prompt: text(3) },
  { why: 'five rows', ...control, prompt: text(5) },
  { why: 'one row more than 32', ...control, prompt: text(33) },
  { why: 'one row more than 64', ...control, prompt: text(65) },
  { why: '729 rows, no multiple of any tile', ...control, heads: 1, kvHeads: 1, prompt: text(729) },
  { why: 'image tokens alone', ...control, prompt: mixed(70, () => true) },
  { why: 'an image after the first token', ...control, prompt: mixed(64, (t) => within(t, 1, 50)) },
  { why: 'an image at the end', ...control, prompt: mixed(64, (t) => t >= 40) },
  {
    why: 'two images with text before, between and behind',
    ...{ ...control, prompt: mixed(150, (t) => within(t, 5, 60) || within(t, 67, 131)) },
  },
  { why: 'image and text taking turns', ...control, prompt: mixed(99, (t) => t % 2 === 1) },
  { why: 'frames of a video with times between', ...control, prompt: video },
  { why: 'rows that continue a cache', ...control, prompt: text(37, 100) },
  { why: 'one row that continues a cache', ...control, prompt: text(1, 728) },
  { why: 'an image that continues a cache', ...control, prompt: mixed(80, (t) => within(t, 9, 60), 77) },
  { why: 'rows of both kinds out of the middle', ...control, prompt: video, rows: [150, 178] },
  { why: 'rows that begin at the first image row', ...control, prompt: video, rows: [0, 40] },
  { why: 'text rows that see prefixes of the image', ...control, prompt: video, rows: [168, 180] },
  { why: 'heads of 4', ...control, headDim: 4, prompt: video },
  { why: 'heads of 24', ...control, headDim: 24, prompt: video },
  { why: 'heads of 32', ...control, headDim: 32, prompt: video },
  { why: 'heads of 72', ...control, headDim: 72 },
  { why: 'heads of 128', ...control, headDim: 128 },
  { why: 'heads of 20, whose vectors share no factor', ...control, headDim: 20 },
  { why: 'heads of 256', ...control, headDim: 256, heads: 1, kvHeads: 1 },
  { why: 'an odd number of heads', ...control, heads: 3, kvHeads: 3 },
  { why: 'two query heads to a key head', ...control, heads: 4 },
  { why: 'four query heads to a key head', ...control, heads: 8 },
  { why: 'the heads of the vision tower', ...control, heads: 16, kvHeads: 16, headDim: 72 },
  { why: 'the heads of the 4B decoder', prompt: text(40), heads: 32, kvHeads: 8, headDim: 128 },
  { why: 'the heads of the embedded model', prompt: video, heads: 4, kvHeads: 2, headDim: 24 },
  { why: 'the smallest heads', prompt: video, heads: 1, kvHeads: 1, headDim: 4 },
  { why: 'one key head', prompt: video, heads: 2, kvHeads: 1, headDim: 32 },
  { why: 'free slots in the cache', ...control, prompt: mixed(37, (t) => t < 20), freeSlots: 60 },
  { why: 'a dispatch for each workgroup', ...control, prompt: video, mostCost: 1 },
  { why: 'dispatches of two workgroups', ...control, prompt: video, mostCost: 2 * 64 * 180 * 64 * 2 },
  { why: 'rows of y that stay as they are', ...control, prompt: text(37), spareRows: 3 },
];

const formatCases: Case[] = kvFormats
  .filter((format) => format !== 'f32')
  .flatMap((format) => [
    { why: 'a video', prompt: video, heads: 4, kvHeads: 2, headDim: 24, format, freeSlots: 5 },
    { why: 'heads of 128', prompt: text(40, 30), heads: 4, kvHeads: 1, headDim: 128, format, freeSlots: 5 },
    { why: 'heads of 72', prompt: mixed(99, (t) => t > 9), heads: 2, kvHeads: 2, headDim: 72, format },
    { why: 'heads of 4', prompt: video, heads: 2, kvHeads: 2, headDim: 4, format },
  ]);

const rowsOf = ({ prompt, rows = [0, prompt.isImage.length] }: Case): number => rows[1] - rows[0];

const shapeOf = (c: Case): AttentionShape => ({
  queries: rowsOf(c),
  keys: c.prompt.cached + c.prompt.isImage.length,
  ...{ heads: c.heads, kvHeads: c.kvHeads, headDim: c.headDim },
});

const withoutLanes: KernelSettings = { capabilities: { ...portableCapabilities, software: true }, tuned: {} };

async function expectReference(c: Case, data: AttentionData, kernels = gpu().kernels): Promise<void> {
  const { heads, headDim, format = 'f32', spareRows = 0 } = c;
  const rows = rowsOf(c);
  const width = heads * headDim;
  const mask = maskOf(c.prompt, c.rows ? [...c.rows] : undefined);
  const { layer, k, v } = kvLayerOf(gpu(), format, data.k, data.v, c);
  const y = gpu().output('y', [rows + spareRows, width]);
  const q = gpu().input('q', [rows, width], data.q);
  const visible = gpu().input('visible', [rows, 2], mask.visible);
  const keys = { layer, visible, secondStart: mask.secondStart };
  await gpu().run(...attentionPrefill(kernels, q, keys, y, c, { mostCost: c.mostCost }));

  const expected = new Float64Array((rows + spareRows) * width).fill(guard);
  const sees = twoRuns(mask.visible, mask.secondStart);
  expected.set(attentionReference({ ...shapeOf(c), q: data.q, k, v }, sees));
  expectClose(await gpu().read(y), expected, tolerances.softmax);
}

test.each(casesHere(cases))('attention-prefill matches the reference with $why', async (c) => {
  await expectReference(c, attentionData(shapeOf(c)));
});

test.each(casesHere(formatCases))('attention-prefill reads $format keys and values: $why', async (c) => {
  await expectReference(c, attentionData(shapeOf(c)));
});

test.each(casesBeside([...cases, ...formatCases]))(
  'a processor without subgroups matches the reference with $why',
  async (c) => {
    await expectReference(c, attentionData(shapeOf(c)), withoutLanes);
  },
);

test.each(hugeOrders)(
  'attention-prefill keeps its running maximum when scores of size 1e4 are %s',
  async (order) => {
    const c: Case = { why: '', ...control, prompt: mixed(100, (t) => within(t, 10, 90)) };
    await expectReference(c, hugeScores(shapeOf(c), order));
  },
);

test('prompts that go through together see what each of them would see alone', async () => {
  const shape = { heads: 4, kvHeads: 2, headDim: 24 };
  const width = shape.heads * shape.headDim;
  const flags = (count: number, isImage: (token: number) => boolean) =>
    Uint8Array.from({ length: count }, (_, token) => Number(isImage(token)));
  // A prompt with a picture that begins in the middle of the cache, and two questions behind the first ten slots.
  const order = promptOrder([
    { isImage: flags(43, (token) => within(token, 2, 37)), prefix: 0, start: 12 },
    { isImage: flags(5, () => false), prefix: 10, start: 60 },
    { isImage: flags(17, () => false), prefix: 10, start: 66 },
  ]);
  const rows = order.tokens.length;
  const data = attentionData({ queries: rows, keys: 90, ...shape });
  const { layer, k, v } = kvLayerOf(gpu(), 'f32', data.k, data.v, shape);
  const q = gpu().input('q', [rows, width], data.q);
  const visible = gpu().input('visible', [rows, 2], order.visible);
  const y = gpu().output('y', [rows, width]);
  for (const span of order.spans)
    await gpu().run(...attentionPrefill(gpu().kernels, q, { layer, visible, ...span }, y, shape));
  const spanOf = (row: number) =>
    order.spans.find(({ firstRow, rows: own }) => row >= firstRow && row < firstRow + own)!;
  const sees = (row: number, slot: number) => {
    const { firstSlot, secondStart } = spanOf(row);
    return slot >= firstSlot && twoRuns(order.visible, secondStart)(row, slot - firstSlot);
  };
  const expected = attentionReference({ ...shape, queries: rows, keys: 90, q: data.q, k, v }, sees);
  expectClose(await gpu().read(y), expected, tolerances.softmax);
});

describe('the mask of the tests', () => {
  test('is the rule of the model: earlier tokens, and image tokens among themselves', () => {
    const isImage = [false, true, false, true, false];
    const { visible, secondStart } = maskOf({ cached: 2, isImage });
    const order = [1, 3, 0, 2, 4]; // of the new tokens, as they are stored
    const sees = twoRuns(visible, secondStart);
    order.forEach((query, row) => {
      expect([0, 1].every((slot) => sees(row, slot))).toBe(true);
      order.forEach((key, slot) => {
        const rule = key <= query || (isImage[query] === true && isImage[key] === true);
        expect([query, key, sees(row, 2 + slot)]).toEqual([query, key, rule]);
      });
    });
  });
});
