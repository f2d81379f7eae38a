// Queries, keys and values of attention tests.

import type { AttentionInput } from '../reference/attention.ts';
import { floats, integers } from './random.ts';

export type AttentionShape = Omit<AttentionInput, 'q' | 'k' | 'v'>;

export interface AttentionData {
  readonly q: Float32Array<ArrayBuffer>;
  readonly k: Float32Array<ArrayBuffer>;
  readonly v: Float32Array<ArrayBuffer>;
}

/** Random values whose scores spread over about +-8, so that some keys weigh much and most weigh little. */
export function attentionData({ queries, keys, heads, kvHeads, headDim }: AttentionShape): AttentionData {
  return {
    q: floats(1, queries * heads * headDim, 6),
    k: floats(2, keys * kvHeads * headDim),
    v: floats(3, keys * kvHeads * headDim),
  };
}

/** How scores of size 1e4 change along the keys. */
export const hugeOrders = ['rising', 'falling', 'mixed', 'all negative'] as const;
export type HugeOrder = (typeof hugeOrders)[number];

/**
 * Scores of 3200 to 12800 (or below -3200) in steps along the keys; keys of one step differ by about 1. All factors
 * are whole numbers and `headDim` is 64, so that f32 computes the scores exactly and the usual tolerance holds.
 */
export function hugeScores(shape: AttentionShape, order: HugeOrder): AttentionData {
  const { queries, keys, kvHeads, heads, headDim } = shape;
  if (headDim !== 64) throw new Error('1 / sqrt(headDim) must be a power of two');
  const base = order === 'all negative' ? -400 : 400;
  const steps: Record<HugeOrder, (key: number) => number> = {
    rising: (key) => 1 + Math.floor((4 * key) / keys),
    falling: (key) => 4 - Math.floor((4 * key) / keys),
    mixed: (key) => 1 + ((key * 7) % 4),
    'all negative': (key) => 4 - Math.floor((4 * key) / keys),
  };
  const nudge = integers(4, queries * heads * headDim, 3);
  const pair = integers(5, keys * kvHeads * headDim, 3);
  return {
    q: Float32Array.from(nudge, (n) => base + n - 1),
    // What is added to one column of a pair is taken from the other, so that only the nudges of q make it count.
    k: Float32Array.from(pair, (_, i) => {
      const step = steps[order](Math.floor(i / (kvHeads * headDim)));
      return step + (pair[i - (i % 2)]! - 1) * (i % 2 ? -1 : 1);
    }),
    v: floats(3, keys * kvHeads * headDim),
  };
}
