// The bodies for GPUs, whatever the device would choose: every form of keys and values, tiles within 16 KiB and larger ones,
// all numbers of query heads to a key head, and rows whose runs end anywhere. A software driver compiles each for
// seconds, so that Dawn alone runs them.

import { expect, test } from 'vitest';
import { attentionEncoder } from '../../src/kernels/attention/attention-encoder.ts';
import { attentionPrefill } from '../../src/kernels/attention/attention-prefill.ts';
import type { AttentionTiles, AttentionVariant } from '../../src/kernels/attention/attention-tiles.ts';
import {
  attentionPlan,
  attentionVariants,
  type AttentionWork,
} from '../../src/kernels/attention/choose-attention.ts';
import type { KvFormat } from '../../src/kernels/attention/kv-layer.ts';
import { attentionReference, sameCrop, twoRuns } from '../reference/attention.ts';
import { tolerances } from '../tolerances.ts';
import { attentionData } from '../kernels/attention-data.ts';
import { expectClose, useGpu } from '../kernels/gpu-harness.ts';
import { kvLayerOf } from '../kernels/kv-layers.ts';
import { integers } from '../kernels/random.ts';

const gpu = useGpu();

interface Case {
  readonly why: string;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly format: KvFormat;
  readonly variant?: AttentionVariant;
  readonly memory?: number;
  readonly tiles?: AttentionTiles;
  readonly form?: string;
}

const small = 16384;
const large = 32768;

const cases: Case[] = [
  {
    ...{ why: 'heads of no multiple of eight, five to a key head', heads: 10, kvHeads: 2, headDim: 20 },
    ...{ format: 'f16', memory: small, form: 'f16' },
  },
  {
    ...{ why: 'a released decoder within 16 KiB', heads: 8, kvHeads: 2, headDim: 128 },
    ...{ format: 'f16', memory: small, form: 'f16-halves' },
  },
  {
    ...{
      why: 'a released decoder with more memory, seven to a key head',
      heads: 7,
      kvHeads: 1,
      headDim: 128,
    },
    ...{ format: 'f16', memory: large, form: 'f16-halves' },
  },
  {
    ...{ why: 'codes in tiles of halves, three to a key head', heads: 6, kvHeads: 2, headDim: 72 },
    ...{ format: 'int8', memory: large, form: 'int8-halves' },
  },
  {
    ...{ why: 'codes in tiles of floats, eight to a key head', heads: 8, kvHeads: 1, headDim: 12 },
    ...{ format: 'int8', memory: small, form: 'int8' },
  },
  {
    ...{
      why: 'the widest heads within 16 KiB, a quarter of a column a step',
      heads: 6,
      kvHeads: 1,
      headDim: 256,
    },
    ...{ format: 'f32', memory: small, form: 'f32' },
  },
  {
    ...{ why: 'the widest heads as halves, two to a key head', heads: 2, kvHeads: 1, headDim: 256 },
    ...{ format: 'f16', memory: large, form: 'f16-halves' },
  },
  {
    ...{ why: 'two columns of keys a step', heads: 4, kvHeads: 1, headDim: 64, format: 'f16' },
    ...{ tiles: { quads: 2, across: 8, down: 8, chunk: 4, step: 16 }, form: 'f16-halves' },
  },
  {
    ...{ why: 'four rows and eight keys an invocation, a last chunk that is not full', heads: 3, kvHeads: 3 },
    ...{ headDim: 36, format: 'f32', tiles: { quads: 1, across: 8, down: 16, chunk: 4, step: 16 } },
  },
  {
    ...{ why: 'shuffles in place of workgroup memory', heads: 4, kvHeads: 2, headDim: 72 },
    ...{ format: 'f16', variant: 'subgroups', memory: large },
  },
];

const queries = 73;
const [firstSlots, secondSlots] = [83, 46];

/** Ends of both runs: some rows see only one of them, some a single slot. */
function anyEnds(): Uint32Array<ArrayBuffer> {
  const ends = integers(7, 2 * queries, 1 << 20);
  const visible = Uint32Array.from(ends, (end, i) =>
    i % 2 === 0 ? end % (firstSlots + 1) : firstSlots + (end % (secondSlots + 1)),
  );
  visible.set([
    firstSlots,
    firstSlots + secondSlots,
    firstSlots,
    firstSlots,
    0,
    firstSlots + 1,
    1,
    firstSlots,
  ]);
  for (let row = 0; row < queries; row++)
    if (visible[2 * row] === 0 && visible[2 * row + 1] === firstSlots) visible[2 * row] = 1;
  return visible;
}

/** The plan of a case; null where the device has no such subgroups. */
function planOf({ variant = 'portable', memory = large, tiles, form, ...c }: Case, op: AttentionWork['op']) {
  const { subgroupSize } = gpu().deviceCapabilities;
  const capabilities = { ...gpu().deviceCapabilities, workgroupMemory: memory, software: false };
  expect(gpu().device.limits.maxComputeWorkgroupStorageSize).toBeGreaterThanOrEqual(memory);
  const keys = op === 'encoder' ? queries : firstSlots + secondSlots;
  const work: AttentionWork = { op, queries, keys, ...c };
  if (variant === 'subgroups' && (subgroupSize === null || subgroupSize < 8)) {
    expect(attentionVariants({ capabilities, tuned: {} }, work)).not.toContain('subgroups');
    return null;
  }
  const plan = attentionPlan({ capabilities, tuned: {} }, work, variant, tiles);
  if (form !== undefined) expect(plan.form).toBe(form);
  return plan;
}

test.each(cases)('attention over two runs matches the reference with $why ($format)', async (c) => {
  const plan = planOf(c, 'prefill');
  if (plan === null) return;
  const shape = { ...c, queries, keys: firstSlots + secondSlots };
  const data = attentionData(shape);
  const visible = anyEnds();
  const { layer, k, v } = kvLayerOf(gpu(), c.format, data.k, data.v, { ...c, freeSlots: 3 });
  const width = c.heads * c.headDim;
  const y = gpu().output('y', [queries, width]);
  const q = gpu().input('q', [queries, width], data.q);
  const keys = { layer, visible: gpu().input('visible', [queries, 2], visible), secondStart: firstSlots };
  await gpu().run(...attentionPrefill(gpu().kernels, q, keys, y, c, { plan }));
  const expected = attentionReference({ ...shape, q: data.q, k, v }, twoRuns(visible, firstSlots));
  expectClose(await gpu().read(y), expected, tolerances.softmax);
});

const encoders: Case[] = [
  {
    ...{ why: 'in tiles of 128 rows', heads: 2, kvHeads: 2, headDim: 72, format: 'f32' },
    ...{ tiles: { quads: 2, across: 8, down: 16, chunk: 6, step: 8 } },
  },
  { why: 'within 16 KiB', heads: 2, kvHeads: 2, headDim: 72, format: 'f32', memory: small },
  { why: 'by shuffles', heads: 2, kvHeads: 2, headDim: 72, format: 'f32', variant: 'subgroups' },
];

test.each(encoders)('attention of the vision tower matches the reference $why', async (c) => {
  const plan = planOf(c, 'encoder');
  if (plan === null) return;
  const shape = { ...c, queries: 2 * queries, keys: 2 * queries };
  const data = attentionData(shape);
  const rows = [2 * queries, c.heads * c.headDim] as const;
  const y = gpu().output('y', rows);
  const [q, k, v] = [
    gpu().input('q', rows, data.q),
    gpu().input('k', rows, data.k),
    gpu().input('v', rows, data.v),
  ];
  await gpu().run(...attentionEncoder(gpu().kernels, q, k, v, y, c, queries, { plan }));
  expectClose(
    await gpu().read(y),
    attentionReference({ ...shape, ...data }, sameCrop(queries)),
    tolerances.softmax,
  );
});
