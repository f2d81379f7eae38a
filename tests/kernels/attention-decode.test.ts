import { expect, test } from 'vitest';
import type { KernelSettings } from '../../src/gpu/kernel-settings.ts';
import { portableCapabilities } from '../../src/gpu/capabilities.ts';
import {
  attentionDecode,
  decodeClass,
  decodeVariants,
  partialsShape,
  type DecodeVariant,
} from '../../src/kernels/attention/attention-decode.ts';
import { kvFormats, type KvFormat } from '../../src/kernels/attention/kv-layer.ts';
import { attentionReference } from '../reference/attention.ts';
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
import { kvLayerOf } from './kv-layers.ts';

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
  /** Values of q behind the queries. */
  readonly behind?: number;
}

const control = { position: 127, heads: 2, kvHeads: 2, headDim: 64 };

const cases: Case[] = [
  { why: 'the control, which fills two chunks', ...control },
  { why: 'the first token', ...control, position: 0 },
  { why: 'the second token', ...control, position: 1 },
  { why: 'one key less than a chunk', ...control, position: 62 },
  { why: 'exactly one chunk', ...control, position: 63 },
  { why: 'one key more than a chunk', ...control, position: 64 },
  { why: '729 keys, no multiple of a chunk', ...control, position: 728 },
  { why: 'chunks of more than a tile', position: 4500, heads: 1, kvHeads: 1, headDim: 8 },
  { why: 'more keys than 64 chunks of 256', position: 17000, heads: 1, kvHeads: 1, headDim: 4 },
  { why: 'heads of 4', ...control, headDim: 4, position: 100 },
  { why: 'heads of 12', ...control, headDim: 12, position: 100 },
  { why: 'heads of 24', ...control, headDim: 24, position: 100 },
  { why: 'heads of 32', ...control, headDim: 32, position: 100 },
  { why: 'heads of 72', ...control, headDim: 72, position: 100 },
  { why: 'heads of 128', ...control, headDim: 128, position: 100 },
  { why: 'heads of 136', ...control, headDim: 136, position: 100 },
  { why: 'heads of 256', ...control, headDim: 256, position: 100 },
  { why: 'an odd number of heads', ...control, heads: 3, kvHeads: 3 },
  { why: 'two query heads to a key head', ...control, heads: 4 },
  { why: 'three query heads to a key head', ...control, heads: 6 },
  { why: 'five query heads to a key head', ...control, heads: 10 },
  { why: 'six query heads to a key head', ...control, heads: 12 },
  { why: 'eight query heads to a key head', ...control, heads: 16 },
  { why: 'the heads of the 4B decoder', position: 300, heads: 32, kvHeads: 8, headDim: 128 },
  { why: 'free slots in the cache', ...control, position: 70, freeSlots: 200 },
  { why: 'rows of y that stay as they are', ...control, spareRows: 2 },
  { why: 'keys and values behind the queries', ...control, behind: 256 },
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

async function attended(c: Case, data: AttentionData, run: Run): Promise<Float32Array> {
  const { position, spareRows = 0, behind = 0 } = c;
  const width = c.heads * c.headDim;
  const { layer, k, v } = kvLayerOf(gpu(), run.format, data.k, data.v, c);
  const y = gpu().output('y', [1 + spareRows, width]);
  const row = new Float32Array(width + behind).fill(NaN);
  row.set(data.q);
  const q = gpu().input('q', [1, row.length], row);
  const cursor = gpu().input('cursor', [2], Uint32Array.of(position, run.stopped ?? 0));
  const partials = gpu().output('partials', partialsShape(c, layer.k.shape[0] ?? 0));
  await gpu().runAtOnce(...attentionDecode(run.kernels, q, layer, cursor, partials, y, c));

  const expected = new Float64Array((1 + spareRows) * width).fill(guard);
  if (!run.stopped) expected.set(attentionReference({ ...shapeOf(c), ...data, q: data.q, k, v }, () => true));
  const made = await gpu().read(y);
  expectClose(made, expected, tolerances.softmax);
  const rest = await gpu().read(partials);
  if (run.stopped) expect(rest.every((value) => value === guard)).toBe(true);
  return made;
}

test.each(casesHere(cases))('attention-decode matches the reference with $why', async (c) => {
  await attended(c, attentionData(shapeOf(c)), { format: 'f32', kernels: gpu().kernels });
});

test.each(casesHere(formatsAndVariants))(
  'the $variant variant of attention-decode matches the reference over $format keys and values',
  async ({ format, variant }) => {
    const kernels = settingsFor(variant);
    if (!kernels) return expect(gpu().deviceCapabilities.subgroupSize).toBeNull();
    // A kernel is compiled for each shape, which takes seconds on a driver that computes on the processor.
    const shapes = [
      { position: 300, heads: 8, kvHeads: 2, headDim: 128 },
      { position: 300, heads: 1, kvHeads: 1, headDim: 8, freeSlots: 30 },
      // More keys than chunks of 32 hold, so that chunks grow; query heads that divide by three only; an odd head.
      ...(format === 'f16' ? [{ position: 2700, heads: 6, kvHeads: 2, headDim: 12 }] : []),
      ...(format === 'f32' ? [{ position: 90, heads: 3, kvHeads: 1, headDim: 200 }] : []),
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
    const c = { why: '', ...control };
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
  const y = gpu().output('y', [1, 128]);
  const q = gpu().input('q', [1, 128], new Float32Array(128));
  const cursor = gpu().input('cursor', [2], Uint32Array.of(0, 0));
  const partials = gpu().output('partials', partialsShape(c, 1));
  const chosen = (subgroupSize: number | null, tuned: string) => {
    const capabilities = { ...portableCapabilities, subgroupSize };
    const kernels = { capabilities, tuned: { [decodeClass(layer, c)]: tuned } };
    return attentionDecode(kernels, q, layer, cursor, partials, y, c)[0]?.kernel.name;
  };
  expect(chosen(32, 'portable')).toBe('attention-decode-f32');
  expect(chosen(32, 'nothing that exists')).toBe('attention-decode-subgroups-f32');
  expect(chosen(null, 'subgroups')).toBe('attention-decode-f32');
  expect(decodeVariants({ capabilities: { ...portableCapabilities, software: true }, tuned: {} })[0]).toBe(
    'software',
  );
});
