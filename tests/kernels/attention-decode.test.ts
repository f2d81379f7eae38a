import { expect, test } from 'vitest';
import type { KernelSettings } from '../../src/gpu/kernel-settings.ts';
import { shapesOnly } from '../../src/gpu/tensor-source.ts';
import type { Tensor } from '../../src/gpu/tensor.ts';
import { writeTensor } from '../../src/gpu/arena.ts';
import { portableCapabilities } from '../../src/gpu/capabilities.ts';
import {
  attentionDecode,
  decodeClass,
  decodeVariants,
  decodeWork,
  type DecodeVariant,
} from '../../src/kernels/attention/attention-decode.ts';
import { cursorWords } from '../../src/kernels/attention/cursors.ts';
import { kvFormats, type KvFormat } from '../../src/kernels/attention/kv-layer.ts';
import { attentionReference } from '../reference/attention.ts';
import { rotateHeadsReference } from '../reference/rotate-heads.ts';
import { tolerances } from '../tolerances.ts';
import {
  attentionData,
  hugeOrders,
  hugeScores,
  type AttentionData,
  type AttentionShape,
} from './attention-data.ts';
import { casesHere } from './cases-here.ts';
import { expectClose, guard, useGpu } from './gpu-harness.ts';
import { kvLayerOf, storedTolerances, storedValues } from './kv-layers.ts';
import { floats } from './random.ts';
import { ropeTable, theta } from './rope-table.ts';

const gpu = useGpu();

interface Case {
  readonly why: string;
  readonly position: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  /** Norms of queries and keys, which are rotated then; without them all angles are 0. */
  readonly norm?: 'none' | 'head' | 'row';
  /** Slots of the cache after the position; they hold NaN. */
  readonly freeSlots?: number;
}

const control = { position: 127, heads: 2, kvHeads: 2, headDim: 64 };

const cases: Case[] = [
  { why: 'the control, which fills two chunks', ...control },
  { why: 'the first token', ...control, position: 0, norm: 'head' },
  { why: 'the second token', ...control, position: 1 },
  { why: 'one key less than a chunk', ...control, position: 62 },
  { why: 'exactly one chunk', ...control, position: 63 },
  { why: 'one key more than a chunk', ...control, position: 64, norm: 'head' },
  { why: '729 keys, no multiple of a chunk', ...control, position: 728 },
  { why: 'chunks of more than a tile', position: 4500, heads: 1, kvHeads: 1, headDim: 8 },
  { why: 'more keys than 64 chunks of 256', position: 17000, heads: 1, kvHeads: 1, headDim: 4 },
  { why: 'heads of 4', ...control, headDim: 4, position: 100, norm: 'row' },
  { why: 'heads of 12', ...control, headDim: 12, position: 100, norm: 'head' },
  { why: 'heads of 24', ...control, headDim: 24, position: 100, norm: 'row' },
  { why: 'heads of 32', ...control, headDim: 32, position: 100 },
  { why: 'heads of 72', ...control, headDim: 72, position: 100, norm: 'head' },
  { why: 'heads of 128', ...control, headDim: 128, position: 100, norm: 'none' },
  { why: 'heads of 136', ...control, headDim: 136, position: 100 },
  { why: 'heads of 256', ...control, headDim: 256, position: 100, heads: 8, norm: 'head' },
  { why: 'an odd number of heads', ...control, heads: 3, kvHeads: 3, norm: 'row' },
  { why: 'two query heads to a key head', ...control, heads: 4 },
  { why: 'three query heads to a key head', ...control, heads: 6 },
  { why: 'five query heads to a key head', ...control, heads: 10, norm: 'row' },
  { why: 'six query heads to a key head', ...control, heads: 12 },
  { why: 'eight query heads to a key head, in two workgroups', ...control, heads: 16, norm: 'head' },
  { why: 'the heads of the 4B decoder', position: 300, heads: 32, kvHeads: 8, headDim: 128, norm: 'head' },
  { why: 'free slots in the cache', ...control, position: 70, freeSlots: 200 },
];

const shapeOf = ({ position, heads, kvHeads, headDim }: Case): AttentionShape => ({
  queries: 1,
  keys: position + 1,
  ...{ heads, kvHeads, headDim },
});

const formatsAndVariants = kvFormats.flatMap((format) =>
  (['software', 'portable', 'subgroups'] as const).map((variant) => ({ format, variant })),
);

/** Settings that make this device run a variant; null where it cannot. */
function settingsFor(variant: DecodeVariant): KernelSettings | null {
  const { subgroupSize } = gpu().deviceCapabilities;
  if (variant === 'subgroups' && subgroupSize === null) return null;
  return {
    capabilities: {
      ...portableCapabilities,
      software: variant === 'software',
      subgroupSize: variant === 'subgroups' ? subgroupSize : null,
    },
    tuned: {},
  };
}

interface Run {
  readonly format: KvFormat;
  readonly kernels: KernelSettings;
  readonly stopped?: number;
}

const eps = 1e-6;

/** Norms and angles of a case as kernels are given them, and what they make of heads. */
function heads(c: Case) {
  const { position, headDim, norm } = c;
  const table = norm ? ropeTable(position + 1, headDim) : new Float32Array((position + 1) * headDim);
  if (!norm) for (let i = 0; i < table.length; i += 2) table[i] = 1;
  const weight = (seed: number, count: number) => floats(seed, norm === 'row' ? count * headDim : headDim, 2);
  const weights = { q: weight(5, c.heads), k: weight(6, c.kvHeads) };
  const tensor = (label: string, values: Float32Array) => gpu().input(label, [values.length], values);
  const [q, k] = [tensor('q norm', weights.q), tensor('k norm', weights.k)];
  const isNormed = norm === 'head' || norm === 'row';
  return {
    making: {
      norm: isNormed ? { of: norm, q, k, eps } : null,
      table: gpu().input('table', [position + 1, headDim], table),
    },
    made: (of: 'q' | 'k', values: Float32Array) =>
      norm
        ? rotateHeadsReference(
            values,
            [position],
            { heads: values.length / headDim, headDim, theta },
            isNormed ? { weight: weights[of], eps } : null,
          )
        : Float64Array.from(values),
  };
}

/** Attention of the last row of `data`, whose key and value are not in the cache yet. */
async function attended(c: Case, data: AttentionData, run: Run): Promise<void> {
  const { position, kvHeads, headDim, freeSlots = 0 } = c;
  const { format, stopped = 0 } = run;
  const [width, kvWidth] = [c.heads * headDim, kvHeads * headDim];
  const before = position * kvWidth;
  const cache = { kvHeads, headDim, freeSlots: freeSlots + 1, written: true };
  const { layer } = kvLayerOf(gpu(), format, data.k.slice(0, before), data.v.slice(0, before), cache);
  const tensors = [layer.k, layer.v, ...(layer.scales ? [layer.scales] : [])];
  const words = async () => {
    const read: Uint32Array[] = [];
    for (const tensor of tensors) read.push(await gpu().readIntegers(tensor));
    return read;
  };
  const wordsBefore = await words();
  const cursor = gpu().input('cursor', [2], Uint32Array.of(position, stopped));
  const outputs: Tensor[] = [];
  const source = {
    tensor: (label: string, shape: readonly number[]) => {
      const made = gpu().output(label, shape);
      outputs.push(made);
      return made;
    },
  };
  const work = decodeWork(run.kernels, c, layer.k.shape[0] ?? 0, source);
  writeTensor(
    gpu().device,
    work.row,
    Float32Array.of(...data.q, ...data.k.slice(before), ...data.v.slice(before)),
  );
  const { making, made } = heads(c);
  await gpu().runAtOnce(...attentionDecode(run.kernels, work, making, layer, cursor, c));

  const values = new Map<GPUBuffer, Float32Array>();
  for (const output of outputs) values.set(output.buffer, await gpu().read(output));
  const wordsAfter = await words();
  if (stopped) {
    wordsAfter.forEach((words, i) => expect(same(words, wordsBefore[i]!), 'all slots').toBe(true));
    for (const [buffer, all] of values) {
      const rest = all.subarray(buffer === work.row.buffer ? width + 2 * kvWidth : 0);
      expect(rest.every((value) => value === guard)).toBe(true);
    }
    return;
  }
  const [k, v] = expectStored(c, format, wordsBefore, wordsAfter, made('k', data.k.slice(before)), data);
  const expected = attentionReference({ ...shapeOf(c), q: made('q', data.q), k, v }, () => true);
  const { buffer, byteOffset } = work.attended;
  const first = (byteOffset - (work.whole ?? work.attended).byteOffset) / 4;
  expectClose(values.get(buffer)!.slice(first, first + width), expected, tolerances.softmax);
}

/** The new slot holds the row's key and value, and all others what they held. Returns all keys and values as readers see them. */
function expectStored(
  { position, kvHeads, headDim }: Case,
  format: KvFormat,
  before: readonly Uint32Array[],
  after: readonly Uint32Array[],
  key: Float64Array,
  data: AttentionData,
): [k: Float32Array, v: Float32Array] {
  const slots = before[2]
    ? before[2].length / kvHeads
    : before[0]!.length / (kvHeads * wordsOf(format, headDim));
  const others = (words: Uint32Array) => {
    const perSlot = words.length / slots;
    return [...words.subarray(0, position * perSlot), ...words.subarray((position + 1) * perSlot)];
  };
  after.forEach((words, i) => expect(same(others(words), others(before[i]!)), 'other slots').toBe(true));
  const perHead = wordsOf(format, headDim);
  const [k, v] = after.slice(0, 2).map((words, i) => {
    const seen = words.slice(0, (position + 1) * kvHeads * perHead);
    return storedValues(format, seen, after[2] ?? new Uint32Array(), headDim, i === 1);
  });
  const newest = position * kvHeads * headDim;
  for (let at = 0; at < kvHeads * headDim; at += headDim) {
    const head = (values: ArrayLike<number>, first: number) =>
      Array.from({ length: headDim }, (_, d) => values[first + at + d]!);
    expectClose(head(k!, newest), head(key, 0), storedTolerances[format]);
    expectClose(head(v!, newest), head(data.v, newest), storedTolerances[format]);
  }
  return [k!, v!];
}

/** `toEqual` takes minutes to tell how two caches differ. */
const same = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  a.length === b.length && Array.prototype.every.call(a, (value, i) => value === b[i]);

const wordsOf = (format: KvFormat, headDim: number) => headDim / { f32: 1, f16: 2, int8: 4 }[format];

test.each(casesHere(cases))('attention-decode matches the reference with $why', async (c) => {
  await attended(c, attentionData(shapeOf(c)), { format: 'f32', kernels: gpu().kernels });
});

const manyHeads = { heads: 8, kvHeads: 2, headDim: 128, norm: 'head' } as const;

test.each(casesHere(formatsAndVariants))(
  'the $variant variant of attention-decode matches the reference over $format keys and values',
  async ({ format, variant }) => {
    const kernels = settingsFor(variant);
    if (!kernels) return expect(gpu().deviceCapabilities.subgroupSize).toBeNull();
    // A kernel is compiled for each shape, which takes seconds on a driver that computes on the processor; positions of
    // one cache share it: the first, one that fills a chunk of a GPU, one that begins the next, and a late one.
    const shapes: Omit<Case, 'why'>[] = [
      ...[0, 31, 32, 300].map((position) => ({ position, ...manyHeads, freeSlots: 310 - position })),
      { position: 300, heads: 8, kvHeads: 1, headDim: 8, norm: 'row', freeSlots: 30 },
      // More keys than chunks of 32 hold, so that chunks grow; query heads that divide by three only; an odd head.
      ...(format === 'f16'
        ? [{ position: 2700, heads: 6, kvHeads: 2, headDim: 12, norm: 'none' as const }]
        : []),
      ...(format === 'f32' && variant !== 'subgroups'
        ? [{ position: 90, heads: 3, kvHeads: 1, headDim: 200, norm: 'row' as const }]
        : []),
    ];
    for (const shape of shapes) {
      const c = { why: '', ...shape };
      await attended(c, attentionData(shapeOf(c)), { format, kernels });
    }
  },
);

test.each(casesHere(formatsAndVariants))(
  'the $variant variant of attention-decode writes nothing over $format keys and values once the cursor is stopped',
  async ({ format, variant }) => {
    const kernels = settingsFor(variant);
    if (!kernels) return expect(gpu().deviceCapabilities.subgroupSize).toBeNull();
    // A cache of the test above, whose kernels are compiled.
    const c = { why: '', position: 31, ...manyHeads, freeSlots: 279 };
    await attended(c, attentionData(shapeOf(c)), { format, kernels, stopped: 1 });
  },
);

// Codes of int8 times a scale are no whole numbers, and f32 has no digits left for fractions of such scores.
const exactFormats = ['f32', 'f16'] as const;

const exactRuns = hugeOrders.flatMap((order) => [
  ...exactFormats.map((format) => ({ order, format, variant: 'software' as const })),
  { order, format: 'f32' as const, variant: 'portable' as const },
  { order, format: 'f32' as const, variant: 'subgroups' as const },
]);

test.each(casesHere(exactRuns))(
  'the $variant variant of attention-decode keeps its running maximum over $format when scores of size 1e4 are $order',
  async ({ order, format, variant }) => {
    const kernels = settingsFor(variant);
    if (!kernels) return expect(gpu().deviceCapabilities.subgroupSize).toBeNull();
    const c: Case = { why: '', ...control, position: 899 };
    await attended(c, hugeScores(shapeOf(c), order), { format, kernels });
  },
);

test('attention-decode takes the variant that a tuning run found faster, if the device can run it', async () => {
  const c: Case = { why: '', ...control };
  const { layer } = kvLayerOf(gpu(), 'f32', new Float32Array(128), new Float32Array(128), c);
  const cursor = gpu().input('cursor', [2], Uint32Array.of(0, 0));
  const making = { norm: null, table: gpu().input('table', [1, 64], new Float32Array(64)) };
  const chosen = (subgroupSize: number | null, tuned: string) => {
    const capabilities = { ...portableCapabilities, subgroupSize };
    const kernels = { capabilities, tuned: { [decodeClass(layer, c)]: tuned } };
    const work = decodeWork(kernels, c, 1, shapesOnly);
    return attentionDecode(kernels, work, making, layer, cursor, c)[0]?.kernel.name;
  };
  expect(chosen(32, 'portable')).toBe('attention-decode-f32');
  expect(chosen(32, 'nothing that exists')).toBe('attention-decode-subgroups-f32');
  expect(chosen(null, 'subgroups')).toBe('attention-decode-f32');
  expect(decodeVariants({ capabilities: { ...portableCapabilities, software: true }, tuned: {} })[0]).toBe(
    'software',
  );
});

interface RowCase {
  readonly prefix: number;
  readonly start: number;
  /** Keys of its own before the new one. */
  readonly own: number;
  readonly stopped?: boolean;
}

// Behind a prefix of 40 that three of them share: the first token, one that fills a chunk, one that has stopped, and a row that
// shares nothing.
const branches: readonly RowCase[] = [
  { prefix: 40, start: 40, own: 0 },
  { prefix: 40, start: 50, own: 40 },
  { prefix: 40, start: 95, own: 3, stopped: true },
  { prefix: 0, start: 100, own: 70 },
];

test.each(casesHere(formatsAndVariants))(
  'rows with slots of their own behind a shared prefix see that and themselves: $variant over $format',
  async ({ format, variant }) => {
    const kernels = settingsFor(variant);
    if (!kernels) return expect(gpu().deviceCapabilities.subgroupSize).toBeNull();
    const shape = { heads: 4, kvHeads: 2, headDim: 24, norm: 'head' as const, why: '' };
    const [width, kvWidth] = [shape.heads * shape.headDim, shape.kvHeads * shape.headDim];
    const slots = 180;
    const data = attentionData({ queries: branches.length, keys: slots, ...shape });
    const { layer, k, v } = kvLayerOf(gpu(), format, data.k, data.v, { ...shape, written: true });
    const cursor = gpu().input(
      'cursors',
      [branches.length, 4],
      cursorWords(
        branches.map(({ prefix, start, own, stopped = false }) => ({
          position: prefix + own,
          stopped,
          prefix,
          start,
        })),
      ),
    );
    const outputs: Tensor[] = [];
    const source = {
      tensor: (label: string, of: readonly number[]) => {
        outputs.push(gpu().output(label, of));
        return outputs.at(-1)!;
      },
    };
    const work = decodeWork(kernels, shape, slots, source, branches.length);
    const fresh = { k: floats(11, branches.length * kvWidth), v: floats(12, branches.length * kvWidth) };
    const rowOf = (values: Float32Array, row: number, count: number) =>
      values.slice(row * count, (row + 1) * count);
    const rows = branches.flatMap((_, row) => [
      ...rowOf(data.q, row, width),
      ...rowOf(fresh.k, row, kvWidth),
      ...rowOf(fresh.v, row, kvWidth),
    ]);
    writeTensor(gpu().device, work.row, Float32Array.from(rows));
    const made = branches.map(({ prefix, own }) => heads({ ...shape, position: prefix + own }));
    const { making } = heads({ ...shape, position: 80 }); // angles of all positions
    await gpu().runAtOnce(...attentionDecode(kernels, work, making, layer, cursor, shape));

    const whole = new Map<GPUBuffer, Float32Array>();
    for (const output of outputs) whole.set(output.buffer, await gpu().read(output));
    const { buffer, byteOffset } = work.attended;
    const first = (byteOffset - (work.whole ?? work.attended).byteOffset) / 4;
    const got = whole.get(buffer)!.slice(first, first + branches.length * width);
    const words = [await gpu().readIntegers(layer.k), await gpu().readIntegers(layer.v)];
    const scales = layer.scales ? await gpu().readIntegers(layer.scales) : new Uint32Array();
    const now = words.map((own, i) => storedValues(format, own, scales, shape.headDim, i === 1));
    const news = new Set(branches.flatMap(({ start, own, stopped }) => (stopped ? [] : [start + own])));
    for (let slot = 0; slot < slots; slot++) {
      if (news.has(slot)) continue;
      expectClose(rowOf(now[0]!, slot, kvWidth), rowOf(k, slot, kvWidth), storedTolerances.f32);
      expectClose(rowOf(now[1]!, slot, kvWidth), rowOf(v, slot, kvWidth), storedTolerances.f32);
    }
    branches.forEach(({ prefix, start, own, stopped }, row) => {
      const mine = rowOf(got, row, width);
      if (stopped) return expect([...mine]).toEqual([...mine].map(() => guard));
      const key = made[row]!.made('k', rowOf(fresh.k, row, kvWidth));
      for (let at = 0; at < kvWidth; at += shape.headDim) {
        const head = (values: ArrayLike<number>, from: number) =>
          Array.from({ length: shape.headDim }, (_, d) => values[from + at + d]!);
        const slot = (start + own) * kvWidth;
        expectClose(head(now[0]!, slot), head(key, 0), storedTolerances[format]);
        expectClose(head(now[1]!, slot), head(fresh.v, row * kvWidth), storedTolerances[format]);
      }
      const query = made[row]!.made('q', rowOf(data.q, row, width));
      const input = { ...shape, queries: 1, keys: slots, q: query, k: now[0]!, v: now[1]! };
      const sees = (_: number, slot: number) => slot < prefix || (slot >= start && slot <= start + own);
      expectClose(mine, attentionReference(input, sees), tolerances.softmax);
    });
  },
);
