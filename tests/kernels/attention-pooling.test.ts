import { test } from 'vitest';
import { attentionPooling } from '../../src/kernels/attention/attention-pooling.ts';
import { attentionPoolingReference } from '../reference/attention-pooling.ts';
import { tolerances } from '../tolerances.ts';
import {
  attentionData,
  hugeOrders,
  hugeScores,
  type AttentionData,
  type AttentionShape,
} from './attention-data.ts';
import { expectClose, guard, useGpu } from './gpu-harness.ts';
import { floats } from './random.ts';
import { windowsOf, type Missing } from './windows.ts';

const gpu = useGpu();

interface Case {
  readonly why: string;
  readonly tokens: number;
  readonly window: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly missing: Missing;
  readonly spareRows?: number;
}

const control: Omit<Case, 'why'> = {
  ...{ tokens: 6, window: 4, heads: 4, kvHeads: 4, headDim: 64 },
  missing: 'none',
};

const cases: Case[] = [
  { why: 'the control', ...control },
  { why: 'the smallest head', ...control, tokens: 1, heads: 1, kvHeads: 1, headDim: 4 },
  { why: 'heads of 72', ...control, headDim: 72 },
  { why: 'heads of 24', ...control, headDim: 24 },
  { why: 'heads of 128', ...control, headDim: 128 },
  { why: 'two query heads to a key head', ...control, kvHeads: 2 },
  { why: 'four query heads to a key head', ...control, kvHeads: 1 },
  { why: 'an odd number of heads', ...control, heads: 3, kvHeads: 3 },
  { why: 'the 3 x 3 windows of video', ...control, window: 9 },
  { why: 'patches that are missing', ...control, missing: 'some' },
  {
    why: 'missing patches in 3 x 3 windows of heads of 72',
    ...control,
    window: 9,
    headDim: 72,
    missing: 'some',
  },
  { why: 'missing patches and shared key heads', ...control, kvHeads: 2, missing: 'some' },
  { why: 'windows with one patch', ...control, missing: 'all but one' },
  { why: 'the tokens of a crop', ...control, tokens: 196, headDim: 24, missing: 'some' },
  { why: 'rows of y that stay as they are', ...control, tokens: 3, missing: 'some', spareRows: 2 },
];
const bothWays = cases.flatMap((c) => [true, false].map((masked) => ({ ...c, masked })));

const patches = 50;

interface Data extends AttentionData {
  readonly keyBias: Float32Array;
  readonly valueBias: Float32Array;
}

async function expectReference(c: Case & { readonly masked: boolean }, data: Data): Promise<void> {
  const { tokens, window, heads, kvHeads, headDim, spareRows = 0, masked } = c;
  const [width, kvWidth] = [heads * headDim, kvHeads * headDim];
  const windows = windowsOf(6, tokens, window, patches, c.missing);
  const keys = {
    k: gpu().input('k', [patches, kvWidth], data.k),
    v: gpu().input('v', [patches, kvWidth], data.v),
    keyBias: gpu().input('keyBias', [kvWidth], data.keyBias),
    valueBias: gpu().input('valueBias', [kvWidth], data.valueBias),
  };
  const y = gpu().output('y', [tokens + spareRows, width]);
  const q = gpu().input('q', [tokens, width], data.q);
  const windowsTensor = gpu().input('windows', [tokens, window], windows);
  await gpu().run(attentionPooling(q, keys, windowsTensor, y, c, masked));

  const expected = new Float64Array((tokens + spareRows) * width).fill(guard);
  expected.set(attentionPoolingReference({ ...c, ...data, windows }));
  expectClose(await gpu().read(y), expected, tolerances.softmax);
}

const shapeOf = ({ tokens, heads, kvHeads, headDim }: Case): AttentionShape => ({
  queries: tokens,
  keys: patches,
  ...{ heads, kvHeads, headDim },
});

test.each(bothWays)('attention-pooling matches the reference with $why, masked: $masked', async (c) => {
  const kvWidth = c.kvHeads * c.headDim;
  const biases = { keyBias: floats(4, kvWidth, 2), valueBias: floats(5, kvWidth, 2) };
  await expectReference(c, { ...attentionData(shapeOf(c)), ...biases });
});

const hugeCases = hugeOrders.flatMap((order) => [true, false].map((masked) => ({ order, masked })));

test.each(hugeCases)(
  'scores of size 1e4 do not overflow: $order, masked: $masked',
  async ({ order, masked }) => {
    const c: Case = { why: '', ...control, window: 9, missing: 'some' };
    const kvWidth = c.kvHeads * c.headDim;
    const biases = { keyBias: new Float32Array(kvWidth).fill(4), valueBias: floats(5, kvWidth, 2) };
    await expectReference({ ...c, masked }, { ...hugeScores(shapeOf(c), order), ...biases });
  },
);
