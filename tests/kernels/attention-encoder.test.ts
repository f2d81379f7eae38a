import { test } from 'vitest';
import { portableCapabilities } from '../../src/gpu/capabilities.ts';
import type { KernelSettings } from '../../src/gpu/kernel-settings.ts';
import { attentionEncoder } from '../../src/kernels/attention/attention-encoder.ts';
import { attentionReference, sameCrop } from '../reference/attention.ts';
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

const gpu = useGpu();

interface Case {
  readonly why: string;
  readonly crops: number;
  readonly patches: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly spareRows?: number;
  /** Of one dispatch. */
  readonly mostCost?: number;
}

const control = { crops: 1, patches: 64, heads: 2, kvHeads: 2, headDim: 64 };

const cases: Case[] = [
  { why: 'the control', ...control },
  { why: 'one patch', ...control, patches: 1 },
  { why: 'two patches', ...control, patches: 2 },
  { why: 'three patches', ...control, patches: 3 },
  { why: 'five patches', ...control, patches: 5 },
  { why: 'one patch more than a tile', ...control, patches: 33 },
  { why: 'the patches of a crop, no multiple of the tile', ...control, heads: 1, kvHeads: 1, patches: 729 },
  { why: 'heads of 4', ...control, headDim: 4 },
  { why: 'heads of 24', ...control, headDim: 24 },
  { why: 'heads of 72', ...control, headDim: 72 },
  { why: 'heads of 128', ...control, headDim: 128 },
  { why: 'an odd number of heads', ...control, heads: 3, kvHeads: 3 },
  { why: 'two query heads to a key head', ...control, heads: 4, kvHeads: 2 },
  { why: 'four query heads to a key head', ...control, heads: 8, kvHeads: 2 },
  { why: 'several crops', ...control, crops: 3 },
  { why: 'several crops that end inside a tile', ...control, crops: 3, patches: 37 },
  { why: 'two crops of the vision encoder', crops: 2, patches: 729, heads: 2, kvHeads: 2, headDim: 72 },
  { why: 'a dispatch for each workgroup', ...control, crops: 2, patches: 70, mostCost: 1 },
  { why: 'rows of y that stay as they are', ...control, crops: 2, patches: 37, spareRows: 3 },
];

const shapeOf = ({ crops, patches, heads, kvHeads, headDim }: Case): AttentionShape => ({
  queries: crops * patches,
  keys: crops * patches,
  ...{ heads, kvHeads, headDim },
});

const withoutLanes: KernelSettings = { capabilities: { ...portableCapabilities, software: true }, tuned: {} };

async function expectReference(c: Case, data: AttentionData, kernels = gpu().kernels): Promise<void> {
  const rows = c.crops * c.patches;
  const [width, kvWidth] = [c.heads * c.headDim, c.kvHeads * c.headDim];
  const y = gpu().output('y', [rows + (c.spareRows ?? 0), width]);
  const q = gpu().input('q', [rows, width], data.q);
  const [k, v] = [gpu().input('k', [rows, kvWidth], data.k), gpu().input('v', [rows, kvWidth], data.v)];
  await gpu().run(...attentionEncoder(kernels, q, k, v, y, c, c.patches, { mostCost: c.mostCost }));

  const expected = new Float64Array((rows + (c.spareRows ?? 0)) * width).fill(guard);
  expected.set(attentionReference({ ...shapeOf(c), ...data }, sameCrop(c.patches)));
  expectClose(await gpu().read(y), expected, tolerances.softmax);
}

test.each(casesHere(cases))('attention-encoder matches the reference with $why', async (c) => {
  await expectReference(c, attentionData(shapeOf(c)));
});

test.each(casesBeside(cases))('a processor without subgroups matches the reference with $why', async (c) => {
  await expectReference(c, attentionData(shapeOf(c)), withoutLanes);
});

test.each(hugeOrders)(
  'attention-encoder keeps its running maximum when scores of size 1e4 are %s',
  async (order) => {
    const c: Case = { why: '', ...control, patches: 100 };
    await expectReference(c, hugeScores(shapeOf(c), order));
  },
);
