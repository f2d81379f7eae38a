// Attention of a video's prompt beside the peer, which needs the mask as numbers that it adds to the scores.

import { Arena } from '../../../src/gpu/arena.ts';
import type { KernelSettings } from '../../../src/gpu/kernel-settings.ts';
import { attentionPrefill } from '../../../src/kernels/attention/attention-prefill.ts';
import { checked } from '../../measure/check.ts';
import { attentionLimit } from '../../measure/limits.ts';
import { pacedSettings } from '../../measure/paced-settings.ts';
import { inputHeads, maskedAttentionModel, type MaskedShape } from '../../peer/attention-graph.ts';
import { peerLimits } from '../../peer/peer-limits.ts';
import type { AttentionForm } from '../../peer/vit-block-graph.ts';
import { randomFloats, spread } from '../../inputs/random.ts';
import type { BenchCase, CaseContext, OpenCase, PeerTensor } from '../../measure/types.ts';
import { videoOrder } from '../../inputs/video-tokens.ts';
import { openShared } from './open-shared.ts';
import { attended } from '../reference-math.ts';

export function sharedAttentionCases(): BenchCase[] {
  return [
    attentionCase({ tokens: 480, heads: 4, kvHeads: 1, headDim: 128 }, true),
    attentionCase({ tokens: 2048, heads: 32, kvHeads: 8, headDim: 128 }, false),
  ];
}

function attentionCase(shape: MaskedShape, software: boolean): BenchCase {
  const { tokens, heads, kvHeads, headDim } = shape;
  const { visible, secondStart } = videoOrder(tokens);
  const pairs = visible.reduce((sum, end) => sum + end, 0) - tokens * secondStart;
  return {
    suite: 'prefill',
    name: 'prefill attention f32 with the peer',
    shape: `${tokens} tokens of a video, ${heads}/${kvHeads} heads of ${headDim}`,
    work: { amount: (4 * pairs * heads * headDim) / 1e9, unit: 'GFLOP' },
    denominator: 'fma32Gflops',
    software,
    worth: software ? 2 : 1,
    gpuSec: 5,
    open: (context) => openAttention(context, shape),
  };
}

const forms = ['MultiHeadAttention', 'MatMul and Softmax'] as const;

async function openAttention(context: CaseContext, shape: MaskedShape): Promise<OpenCase> {
  const { runner } = context;
  const { tokens, heads, kvHeads, headDim } = shape;
  const order = videoOrder(tokens);
  const arena = new Arena(runner.device, 'bench shared attention');
  const width = heads * headDim;
  const kvWidth = kvHeads * headDim;
  const q = randomFloats(1, tokens * width, 4); // scores of a few units, so that some keys matter more than others
  const k = randomFloats(2, tokens * kvWidth);
  const v = randomFloats(3, tokens * kvWidth);
  const y = arena.tensor('y', [tokens, width]);
  const layer = {
    format: 'f32',
    k: arena.tensorOf('k', [tokens, kvWidth], k),
    v: arena.tensorOf('v', [tokens, kvWidth], v),
    scales: null,
  } as const;
  const keys = {
    layer,
    visible: arena.tensorOf('visible', [tokens, 2], order.visible),
    secondStart: order.secondStart,
  };
  const queries = arena.tensorOf('q', [tokens, width], q);
  const list = (settings: KernelSettings) => attentionPrefill(settings, queries, keys, y, shape);
  return openShared(context, {
    name: 'prefill attention f32',
    arena,
    lists: [list(await pacedSettings(runner, list))],
    result: async () => new Float32Array(await runner.read(y)),
    async compare() {
      const values = new Float32Array(await runner.read(y));
      const rows = spread(5, tokens);
      const own = rows.flatMap((row) => [...values.subarray(row * width, (row + 1) * width)]);
      const expected = rows.flatMap((row) => {
        const seen = seenSlots(order, row);
        const query = Float64Array.from(q.subarray(row * width, (row + 1) * width));
        return [...attended(query, slotsOf(k, seen, kvWidth), slotsOf(v, seen, kvWidth), shape)];
      });
      return checked(own, expected, attentionLimit);
    },
    peer: {
      graphs: forms.map((form) => ({
        name: form,
        model: () => maskedAttentionModel(shape, form),
        limit: peerLimits.exact,
        inputs: peerInputs(shape, form, { q, k, v, mask: maskOf(order, tokens) }),
      })),
      output: 'y',
    },
  });
}

type Order = ReturnType<typeof videoOrder>;

/** Slots that a row sees: two runs. */
function seenSlots({ visible, secondStart }: Order, row: number): number[] {
  const firstEnd = visible[2 * row] ?? 0;
  const secondEnd = visible[2 * row + 1] ?? 0;
  const run = (start: number, end: number) => Array.from({ length: end - start }, (_, i) => start + i);
  return [...run(0, firstEnd), ...run(secondStart, secondEnd)];
}

function slotsOf(values: Float32Array, slots: readonly number[], width: number): Float32Array {
  const out = new Float32Array(slots.length * width);
  slots.forEach((slot, i) => out.set(values.subarray(slot * width, (slot + 1) * width), i * width));
  return out;
}

const hidden = -1e9; // far below every score; -Infinity would make NaN in some kernels

function maskOf(order: Order, tokens: number): Float32Array<ArrayBuffer> {
  const mask = new Float32Array(tokens * tokens).fill(hidden);
  for (let row = 0; row < tokens; row++)
    for (const slot of seenSlots(order, row)) mask[row * tokens + slot] = 0;
  return mask;
}

function peerInputs(
  shape: MaskedShape,
  form: AttentionForm,
  { q, k, v, mask }: Readonly<Record<'q' | 'k' | 'v' | 'mask', Float32Array>>,
): Record<string, PeerTensor> {
  const { tokens, heads, kvHeads, headDim } = shape;
  const own = inputHeads(shape, form);
  const repeated = (values: Float32Array) => {
    if (own === kvHeads) return values;
    const out = new Float32Array(tokens * own * headDim);
    for (let t = 0; t < tokens; t++)
      for (let h = 0; h < own; h++) {
        const from = (t * kvHeads + Math.floor((h * kvHeads) / own)) * headDim;
        out.set(values.subarray(from, from + headDim), (t * own + h) * headDim);
      }
    return out;
  };
  const tensor = (data: Float32Array, dims: readonly number[]): PeerTensor => ({
    type: 'float32',
    shape: dims,
    data,
  });
  return {
    q: tensor(q, [1, tokens, heads * headDim]),
    k: tensor(repeated(k), [1, tokens, own * headDim]),
    v: tensor(repeated(v), [1, tokens, own * headDim]),
    mask: tensor(mask, [1, 1, tokens, tokens]),
  };
}
