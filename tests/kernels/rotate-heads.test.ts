import { expect, test } from 'vitest';
import { portableCapabilities } from '../../src/gpu/capabilities.ts';
import type { KernelSettings } from '../../src/gpu/kernel-settings.ts';
import { kvFormats, kvShapes, type KvFormat, type KvLayer } from '../../src/kernels/attention/kv-layer.ts';
import { rotateHeads } from '../../src/kernels/attention/rotate-heads.ts';
import { rotateHeadsReference } from '../reference/rotate-heads.ts';
import { tolerances } from '../tolerances.ts';
import { expectClose, guard, useGpu } from './gpu-harness.ts';
import { storedTolerances, storedValues } from './kv-layers.ts';
import { floats } from './random.ts';
import { ropeTable, theta } from './rope-table.ts';

const gpu = useGpu();
const eps = 1e-6;

interface Case {
  readonly why: string;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly norm: 'head' | 'row' | null;
  readonly positions: readonly number[];
  readonly firstSlot: number;
  /** Decoding: the position comes from a cursor and is the slot. */
  readonly cursor?: 'running' | 'stopped';
}

const control: Omit<Case, 'why'> = {
  heads: 4,
  kvHeads: 2,
  headDim: 64,
  norm: 'head',
  positions: [3, 4, 5],
  firstSlot: 3,
};
const token = { positions: [9], firstSlot: 9, cursor: 'running' } as const;

const cases: Case[] = [
  { why: 'the control', ...control },
  { why: 'norms of whole rows', ...control, norm: 'row' },
  { why: 'no norms', ...control, norm: null },
  { why: 'a token of decoding', ...control, ...token },
  { why: 'a token of decoding and norms of whole rows', ...control, ...token, norm: 'row' },
  { why: 'a token at position 0', ...control, ...token, positions: [0], firstSlot: 0 },
  { why: 'a stopped cursor', ...control, ...token, cursor: 'stopped' },
  { why: 'keys and values alone', ...control, heads: 0 },
  { why: 'queries alone', ...control, kvHeads: 0 },
  { why: 'keys and values alone, normed by rows', ...control, heads: 0, norm: 'row' },
  { why: 'queries alone, normed by rows', ...control, kvHeads: 0, norm: 'row' },
  {
    why: 'rows whose positions are not their slots',
    ...control,
    positions: [700, 2, 2, 29_999],
    firstSlot: 1,
  },
  { why: 'heads of 4', ...control, headDim: 4 },
  { why: 'heads of 12', ...control, headDim: 12, heads: 7, kvHeads: 7 },
  { why: 'heads of 24', ...control, headDim: 24 },
  { why: 'heads of 72', ...control, headDim: 72, heads: 3, kvHeads: 3 },
  { why: 'heads of 256', ...control, headDim: 256, heads: 2, kvHeads: 1, norm: 'row' },
  { why: 'the heads of the 4B decoder', ...control, ...token, heads: 32, kvHeads: 8, headDim: 128 },
  {
    why: 'the heads of the 7B decoder',
    ...control,
    ...token,
    heads: 32,
    kvHeads: 32,
    headDim: 128,
    norm: 'row',
  },
];

/** Positions and slots as the kernel reads them. */
const placesOf = (positions: readonly number[], firstSlot: number) =>
  gpu().input(
    'places',
    [positions.length, 2],
    Uint32Array.from(positions.flatMap((position, i) => [position, firstSlot + i])),
  );

async function expectReference(c: Case, format: KvFormat, kernels: KernelSettings): Promise<void> {
  const { heads, kvHeads, headDim, norm, positions, firstSlot, cursor } = c;
  const T = positions.length;
  const [q, kv] = [heads * headDim, kvHeads * headDim];
  const width = q + 2 * kv;
  const cached = Math.max(kvHeads, 1) * headDim;
  const values = floats(1, T * width, 3);
  const x = gpu().output('x', [T, width], values);
  const weightLength = (count: number) => (norm === 'row' ? Math.max(count, 1) * headDim : headDim);
  const qWeight = floats(2, weightLength(heads), 2);
  const kWeight = floats(3, weightLength(kvHeads), 2);
  const slots = firstSlot + T + 2;
  const shapes = kvShapes(format, slots, Math.max(kvHeads, 1), headDim);
  const layer: KvLayer = {
    format,
    k: gpu().output('k', shapes.kv),
    v: gpu().output('v', shapes.kv),
    scales: shapes.scales && gpu().output('scales', shapes.scales),
  };
  const table = ropeTable(Math.max(...positions) + 1, headDim);
  const tableTensor = gpu().input('table', [table.length / headDim, headDim], table);
  const places = cursor
    ? { cursor: gpu().input('cursor', [2], Uint32Array.of(positions[0]!, cursor === 'stopped' ? 1 : 0)) }
    : { places: placesOf(positions, firstSlot) };
  const headNorm = norm && {
    of: norm,
    q: gpu().input('qWeight', [qWeight.length], qWeight),
    k: gpu().input('kWeight', [kWeight.length], kWeight),
    eps,
  };
  await gpu().runAtOnce(
    rotateHeads(kernels, x, { heads, kvHeads, headDim }, headNorm, tableTensor, places, layer),
  );

  const column = (first: number, count: number) =>
    Float32Array.from(
      { length: T * count },
      (_, i) => values[Math.floor(i / count) * width + first + (i % count)]!,
    );
  const rotated = (first: number, count: number, weight: Float32Array) =>
    count === 0
      ? new Float64Array()
      : rotateHeadsReference(
          column(first, count),
          positions,
          { heads: count / headDim, headDim, theta },
          norm && { weight, eps },
        );
  const expectedX = Float64Array.from(values);
  const stopped = cursor === 'stopped';
  if (!stopped)
    rotated(0, q, qWeight).forEach((value, i) => (expectedX[Math.floor(i / q) * width + (i % q)] = value));
  expectClose(await gpu().read(x), expectedX, tolerances.norm);

  const scales = layer.scales ? await gpu().readIntegers(layer.scales) : new Uint32Array();
  const guardWord = new Uint32Array(Float32Array.of(guard).buffer)[0];
  for (const [tensor, expected, isValue] of [
    [layer.k, rotated(q, kv, kWeight), false],
    [layer.v, column(q + kv, kv), true],
  ] as const) {
    const words = await gpu().readIntegers(tensor);
    const perSlot = words.length / slots;
    const written = stopped || kvHeads === 0 ? [0, 0] : [firstSlot, firstSlot + T];
    const rest = [...words.subarray(0, written[0]! * perSlot), ...words.subarray(written[1]! * perSlot)];
    expect(rest.every((word) => word === guardWord)).toBe(true);
    if (written[1] === 0) continue;
    for (let row = 0; row < T; row++) {
      const slot = firstSlot + row;
      const own = words.slice(slot * perSlot, (slot + 1) * perSlot);
      const seen = storedValues(format, own, scales.slice(slot * kvHeads), headDim, isValue);
      for (let head = 0; head < kvHeads; head++)
        expectClose(
          seen.slice(head * headDim, (head + 1) * headDim),
          expected.slice(row * cached + head * headDim, row * cached + (head + 1) * headDim),
          storedTolerances[format],
        );
    }
  }
}

test.each(cases)('rotate-heads matches the reference with $why', async (c) => {
  await expectReference(c, 'f32', gpu().kernels);
});

const others = [
  'a token of decoding',
  'norms of whole rows',
  'a stopped cursor',
  'heads of 12',
  'queries alone',
];
test.each(
  (['f16', 'int8'] as const).flatMap((format) =>
    cases.filter(({ why }) => others.includes(why)).map((c) => ({ ...c, format })),
  ),
)('rotate-heads stores keys and values in $format with $why', async (c) => {
  await expectReference(c, c.format, gpu().kernels);
});

test('rotate-heads norms whole rows with as many invocations as a GPU likes', async () => {
  const c: Case = { why: '', ...control, norm: 'row', heads: 9, headDim: 128 };
  await expectReference(c, 'f32', { capabilities: portableCapabilities, tuned: {} });
});

test.each(kvFormats)('a head of zeros is stored as zeros in %s', async (format) => {
  const shapes = kvShapes(format, 1, 1, 8);
  const layer: KvLayer = {
    format,
    k: gpu().output('k', shapes.kv),
    v: gpu().output('v', shapes.kv),
    scales: shapes.scales && gpu().output('scales', shapes.scales),
  };
  const x = gpu().output('x', [1, 16], new Float32Array(16));
  const table = gpu().input('table', [1, 8], ropeTable(1, 8));
  const places = placesOf([0], 0);
  const shape = { heads: 0, kvHeads: 1, headDim: 8 };
  await gpu().runAtOnce(rotateHeads(gpu().kernels, x, shape, null, table, { places }, layer));
  for (const tensor of [layer.k, layer.v, ...(layer.scales ? [layer.scales] : [])])
    // The sign of a zero is of no account.
    expect([...(await gpu().readIntegers(tensor))].every((word) => (word & 0x7fff7fff) === 0)).toBe(true);
});

test('position 0 without a norm leaves queries as they are, to the last bit', async () => {
  const values = floats(2, 128);
  const x = gpu().output('x', [1, 128], values);
  const table = gpu().input('table', [1, 128], ropeTable(1, 128));
  const places = placesOf([0], 0);
  const shapes = kvShapes('f32', 1, 1, 128);
  const layer: KvLayer = {
    format: 'f32',
    k: gpu().output('k', shapes.kv),
    v: gpu().output('v', shapes.kv),
    scales: null,
  };
  const shape = { heads: 1, kvHeads: 0, headDim: 128 };
  await gpu().runAtOnce(rotateHeads(gpu().kernels, x, shape, null, table, { places }, layer));
  expect([...(await gpu().read(x))]).toEqual([...values]);
});

test.each(['f16', 'int8'] as const)(
  'values beyond the largest half are stored as it in %s',
  async (format) => {
    const shapes = kvShapes(format, 1, 1, 4);
    const layer: KvLayer = {
      format,
      k: gpu().output('k', shapes.kv),
      v: gpu().output('v', shapes.kv),
      scales: shapes.scales && gpu().output('scales', shapes.scales),
    };
    const x = gpu().output('x', [1, 8], Float32Array.of(0, 0, 0, 0, 1e6, -1e6, 0, 100));
    const table = gpu().input('table', [1, 4], ropeTable(1, 4));
    const places = placesOf([0], 0);
    const shape = { heads: 0, kvHeads: 1, headDim: 4 };
    await gpu().runAtOnce(rotateHeads(gpu().kernels, x, shape, null, table, { places }, layer));
    const scales = layer.scales ? await gpu().readIntegers(layer.scales) : new Uint32Array();
    const seen = storedValues(format, await gpu().readIntegers(layer.v), scales, 4, true);
    expect([...seen].slice(0, 3)).toEqual([65504, -65504, 0]);
  },
);
