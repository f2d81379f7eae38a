// Attention alone: within a crop, of a video's prompt, and of one new token over a long cache.

import { Arena, writeTensor } from '../../src/gpu/arena.ts';
import type { KernelSettings } from '../../src/gpu/kernel-settings.ts';
import { attentionDecode, decodeWork } from '../../src/kernels/attention/attention-decode.ts';
import { attentionEncoder } from '../../src/kernels/attention/attention-encoder.ts';
import { attentionPrefill } from '../../src/kernels/attention/attention-prefill.ts';
import type { HeadShape } from '../../src/kernels/attention/head-shape.ts';
import { kvFormats, kvSlotBytes, type KvFormat } from '../../src/kernels/attention/kv-layer.ts';
import { checked } from '../measure/check.ts';
import { filledLayer, type FilledLayer } from '../inputs/kv-values.ts';
import { attentionLimit } from '../measure/limits.ts';
import { machineOf, type Machine } from '../measure/machine.ts';
import { randomTensor, type RandomTensor } from '../inputs/random-tensor.ts';
import { pacedSettings } from '../measure/paced-settings.ts';
import { randomFloats, spread } from '../inputs/random.ts';
import { videoOrder } from '../inputs/video-tokens.ts';
import type { BenchCase, CaseContext, SuiteName } from '../measure/types.ts';
import { openKernel } from './open-kernel.ts';

// Scores of a few units, so that some keys matter more than others.
const queryScale = 4;

/** One query head [D] over keys and values, in f64. */
function attend(
  query: ArrayLike<number>,
  count: number,
  key: (i: number) => Float64Array,
  value: (i: number) => Float64Array,
): Float64Array {
  const D = query.length;
  const scores = Float64Array.from({ length: count }, (_, i) => {
    const own = key(i);
    let sum = 0;
    for (let d = 0; d < D; d++) sum += (query[d] ?? 0) * (own[d] ?? 0);
    return sum / Math.sqrt(D);
  });
  const largest = scores.reduce((a, b) => Math.max(a, b), -Infinity);
  const out = new Float64Array(D);
  let total = 0;
  for (let i = 0; i < count; i++) {
    const weight = Math.exp((scores[i] ?? 0) - largest);
    total += weight;
    const own = value(i);
    for (let d = 0; d < D; d++) out[d] = (out[d] ?? 0) + weight * (own[d] ?? 0);
  }
  return out.map((sum) => sum / total);
}

const gflop = (pairs: number, { heads, headDim }: HeadShape) => (4 * pairs * heads * headDim) / 1e9;
const headsText = ({ heads, kvHeads, headDim }: HeadShape) =>
  heads === kvHeads ? `${heads} heads of ${headDim}` : `${heads}/${kvHeads} heads of ${headDim}`;

export function encoderAttentionCases({ software }: Machine): BenchCase[] {
  const released = { heads: 16, kvHeads: 16, headDim: 72 };
  const shapes = { heads: 4, kvHeads: 4, headDim: 16 };
  return [
    encoderCase('middle size', { ...released, heads: 4, kvHeads: 4 }, 144, 1),
    encoderCase('shapes', shapes, 144, 4),
    ...(software ? [] : [encoderCase('released ViT', released, 729, 8, 1)]),
  ];
}

function encoderCase(
  model: string,
  heads: HeadShape,
  patches: number,
  crops: number,
  worth: 1 | 3 = 3,
): BenchCase {
  return {
    suite: 'kernels',
    name: 'encoder attention',
    shape: `${model}, ${crops} x ${patches} patches, ${headsText(heads)}`,
    work: { amount: gflop(crops * patches ** 2, heads), unit: 'GFLOP' },
    denominator: 'fma32Gflops',
    software: true,
    worth,
    async open(context) {
      const { runner, kernels } = context;
      const width = heads.heads * heads.headDim;
      const arena = new Arena(runner.device, 'bench encoder attention');
      const shape = [crops * patches, width];
      const y = arena.tensor('y', shape);
      const q = await randomTensor(runner, arena, 'q', shape, { seed: 1, scale: queryScale });
      const k = await randomTensor(runner, arena, 'k', shape, { seed: 2 });
      const v = await randomTensor(runner, arena, 'v', shape, { seed: 3 });
      const at = (row: number, head: number) => row * width + head * heads.headDim;
      const headOf = (values: RandomTensor, row: number, head: number) =>
        Float64Array.from(values.part(at(row, head), heads.headDim));
      return openKernel(context, {
        name: 'encoder attention',
        arena,
        lists: [[attentionEncoder(kernels, q.tensor, k.tensor, v.tensor, y, heads, patches)].flat()],
        async compare() {
          const actual: number[] = [];
          const expected: number[] = [];
          const values = new Float32Array(await runner.read(y));
          for (const row of spread(5, crops * patches))
            for (const head of spread(3, heads.heads)) {
              const first = row - (row % patches);
              actual.push(...values.subarray(at(row, head), at(row, head) + heads.headDim));
              expected.push(
                ...attend(
                  headOf(q, row, head),
                  patches,
                  (i) => headOf(k, first + i, head),
                  (i) => headOf(v, first + i, head),
                ),
              );
            }
          return checked(actual, expected, attentionLimit);
        },
      });
    },
  };
}

/** The 4B's heads. */
const released = { heads: 32, kvHeads: 8, headDim: 128 };

export function decodeAttentionCases(): BenchCase[] {
  return [1024, 4096, 16384].flatMap((slots) => kvFormats.map((format) => decodeCase(slots, format)));
}

// Layers that runs take turns with are larger together than the last cache of a GPU.
const turnBytes = 256 * 2 ** 20;

function decodeCase(slots: number, format: KvFormat): BenchCase {
  const bytes = slots * kvSlotBytes(format, released.kvHeads, released.headDim);
  return {
    suite: 'decode',
    name: `decode attention, ${format} cache`,
    shape: `${slots} tokens, ${headsText(released)}`,
    work: { amount: bytes / 1e9, unit: 'GB' },
    denominator: 'readGBs',
    software: true,
    async open(context) {
      const { runner, kernels } = context;
      const arena = new Arena(runner.device, 'bench decode attention');
      const copies = machineOf(runner).software ? 1 : Math.min(36, Math.ceil(turnBytes / bytes));
      const layers: FilledLayer[] = [];
      while (layers.length < copies)
        layers.push(await filledLayer(runner, arena, format, slots, released, 1));
      const width = released.heads * released.headDim;
      const cursor = arena.tensorOf('cursor', [2], Uint32Array.of(slots - 1, 0));
      const work = decodeWork(kernels, released, slots, arena);
      // Angles of 0 leave heads as they are; whole numbers up to 127 / 64 are exact in every format.
      const angles = Float32Array.from({ length: slots * released.headDim }, (_, i) => 1 - (i % 2));
      const making = { norm: null, table: arena.tensorOf('table', [slots, released.headDim], angles) };
      const values = randomFloats(9, width, queryScale);
      const newest = newHeads(released);
      const [first] = layers;
      return openKernel(context, {
        name: `decode attention ${format}`,
        arena,
        lists: layers.map(({ layer }) => attentionDecode(kernels, work, making, layer, cursor, released)),
        // On a processor queries are rotated where they lie, by nothing here.
        reset: () => writeTensor(runner.device, work.row, Float32Array.of(...values, ...newest, ...newest)),
        async compare() {
          const got = new Float32Array(await runner.read(work.attended));
          return compareHeads(first && withNewest(first, slots - 1, newest), values, [slots], got);
        },
      });
    },
  };
}

/** Key heads of a row, each with the largest magnitude that there is. */
function newHeads({ kvHeads, headDim }: HeadShape): Float32Array {
  return Float32Array.from(
    { length: kvHeads * headDim },
    (_, i) => (((i % headDim) * 89) % 255) / 64 - 127 / 64,
  );
}

/** The layer with one slot that was written anew. */
function withNewest(filled: FilledLayer, newest: number, heads: Float32Array): FilledLayer {
  const own = (head: number) =>
    Float64Array.from(heads.subarray(head * released.headDim, (head + 1) * released.headDim));
  return {
    ...filled,
    key: (slot, head) => (slot === newest ? own(head) : filled.key(slot, head)),
    value: (slot, head) => (slot === newest ? own(head) : filled.value(slot, head)),
  };
}

/** Some heads of rows [T, H * D] whose row t sees the slots 0 .. counts[t] - 1. */
function compareHeads(
  layer: FilledLayer | undefined,
  queries: Float32Array,
  counts: readonly number[],
  got: Float32Array,
) {
  const { heads, kvHeads, headDim } = released;
  const actual: number[] = [];
  const expected: number[] = [];
  counts.forEach((count, row) => {
    for (const head of spread(3, heads)) {
      const start = (row * heads + head) * headDim;
      const shared = Math.floor((head * kvHeads) / heads);
      actual.push(...got.subarray(start, start + headDim));
      if (layer)
        expected.push(
          ...attend(
            queries.subarray(start, start + headDim),
            count,
            (i) => layer.key(i, shared),
            (i) => layer.value(i, shared),
          ),
        );
    }
  });
  return checked(actual, expected, attentionLimit);
}

interface Growth {
  readonly suite: SuiteName;
  readonly tokens: number;
  /** Rows that ask, spread over the prompt; null for all. */
  readonly rows: number | null;
  readonly heads: HeadShape;
  readonly format: KvFormat;
}

/** The same work per pair of query and key at growing length: its rate must not fall. */
export function prefillAttentionCases({ software }: Machine): BenchCase[] {
  const oneKeyHead = { heads: 4, kvHeads: 1, headDim: 128 };
  const lengths = [2048, 4096, 8192, 16384];
  const of = (tokens: number, format: KvFormat): Growth =>
    software
      ? { suite: 'prefill', tokens, rows: 32, heads: oneKeyHead, format }
      : { suite: 'prefill', tokens, rows: null, heads: released, format };
  return [
    ...lengths.map((tokens) => prefillCase(of(tokens, 'f16'))),
    ...(['f32', 'int8'] as const).map((format) => prefillCase(of(4096, format))),
  ];
}

/** The rows of a video's prompt that ask, and what each sees. */
function prompt({ tokens, rows }: Growth) {
  const order = videoOrder(tokens);
  const asking = spread(rows ?? tokens, tokens);
  const { secondStart } = order;
  const visible = Uint32Array.from(
    asking.flatMap((row) => [order.visible[2 * row] ?? 0, order.visible[2 * row + 1] ?? 0]),
  );
  const pairs = asking.reduce(
    (sum, _, i) => sum + (visible[2 * i] ?? 0) + (visible[2 * i + 1] ?? 0) - secondStart,
    0,
  );
  return { asking, visible, secondStart, pairs };
}

function prefillCase(growth: Growth): BenchCase {
  const { suite, tokens, heads, format } = growth;
  const { pairs, asking } = prompt(growth);
  return {
    suite,
    name: `prefill attention, ${format} cache`,
    shape: `video of ${tokens} tokens, ${asking.length} rows, ${headsText(heads)}`,
    work: { amount: gflop(pairs, heads), unit: 'GFLOP' },
    denominator: 'fma32Gflops',
    software: true,
    worth: format === 'f16' && (tokens === 2048 || tokens === 16384) ? 1 : 3,
    open: (context) => openPrefill(context, growth),
  };
}

async function openPrefill(context: CaseContext, growth: Growth) {
  const { runner } = context;
  const { tokens, heads, format } = growth;
  const { asking, visible, secondStart } = prompt(growth);
  const arena = new Arena(runner.device, 'bench prefill attention');
  const filled = await filledLayer(runner, arena, format, tokens, heads, 1);
  const width = heads.heads * heads.headDim;
  const shape = [asking.length, width];
  const q = await randomTensor(runner, arena, 'q', shape, { seed: 9, scale: queryScale });
  const y = arena.tensor('y', shape);
  const keys = {
    layer: filled.layer,
    visible: arena.tensorOf('visible', [asking.length, 2], visible),
    secondStart,
  };
  const list = (settings: KernelSettings) => attentionPrefill(settings, q.tensor, keys, y, heads);
  return openKernel(context, {
    name: `prefill attention ${format}`,
    arena,
    lists: [list(await pacedSettings(runner, list))],
    async compare() {
      const actual: number[] = [];
      const expected: number[] = [];
      for (const row of spread(4, asking.length)) {
        const got = new Float32Array(await runner.read(y, row * width * 4, width * 4));
        for (const head of spread(2, heads.heads)) {
          const start = head * heads.headDim;
          const shared = Math.floor((head * heads.kvHeads) / heads.heads);
          const query = q.part(row * width + start, heads.headDim);
          const [end = 0, secondEnd = 0] = visible.subarray(2 * row);
          const slot = (i: number) => (i < end ? i : secondStart + i - end);
          actual.push(...got.subarray(start, start + heads.headDim));
          expected.push(
            ...attend(
              query,
              end + secondEnd - secondStart,
              (i) => filled.key(slot(i), shared),
              (i) => filled.value(slot(i), shared),
            ),
          );
        }
      }
      return checked(actual, expected, attentionLimit);
    },
  });
}
