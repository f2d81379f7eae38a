import { expect, test } from 'vitest';
import { argmax, argmaxSlices } from '../../src/kernels/tokens/argmax.ts';
import { forbiddenLogit, maskLogits } from '../../src/kernels/tokens/mask-logits.ts';
import { topKMerge } from '../../src/kernels/tokens/top-k-merge.ts';
import { topK, topKCount, topKPairs, topKSlices } from '../../src/kernels/tokens/top-k.ts';
import { maskLogitsReference } from '../reference/mask-logits.ts';
import { useGpu } from './gpu-harness.ts';
import { floats, integers } from './random.ts';

const gpu = useGpu();

/** Bits of rows of masks for these tokens. */
function masks(V: number, rows: readonly (readonly number[])[]): Uint32Array {
  const words = Math.ceil(V / 32);
  const mask = new Uint32Array(rows.length * words);
  rows.forEach((ids, row) => {
    for (const id of ids) mask[row * words + (id >> 5)]! |= 1 << (id & 31);
  });
  return mask;
}

test.each([
  { V: 512, rows: 1 },
  { V: 257, rows: 3 },
  { V: 151_936, rows: 2 },
])('logits are those of the reference for %o', async ({ V, rows }) => {
  const values = floats(V, rows * V);
  const allowed = Array.from({ length: rows }, (_, row) => [0, V - 1, ...integers(row, V >> 2, V)]);
  const mask = gpu().input('mask', [rows, Math.ceil(V / 32)], masks(V, allowed));
  const logits = gpu().output('logits', [rows, V], values);
  await gpu().runAtOnce(maskLogits(mask, logits));
  const expected = allowed.flatMap((ids, row) => {
    const known = new Set(ids);
    const own = values.subarray(row * V, (row + 1) * V);
    return maskLogitsReference(own, (id) => known.has(id), forbiddenLogit);
  });
  expect([...(await gpu().read(logits))]).toEqual([...Float32Array.from(expected)]);
});

test('what is not allowed is never the likeliest nor weighs anything, and is no fault of the logits', async () => {
  const V = 4096;
  const values = floats(1, V).map((value) => value - 1e4);
  const allowed = [7, 31, 32, 4095];
  for (const id of [0, 100, 3000]) values[id] = 1e4;
  const logits = gpu().output('logits', [1, V], values);
  const best = gpu().output('best', [argmaxSlices(V), 2], new Uint32Array(2 * argmaxSlices(V)));
  const mask = gpu().input('mask', [1, V / 32], masks(V, [allowed]));
  const temperature = gpu().input('temperature', [1], Float32Array.of(2));
  const lists = gpu().output('lists', [topKSlices(V), topKPairs, 2], new Uint32Array(2 * topKPairs * topKSlices(V)));
  const found = gpu().output('found', [topKPairs, 2], new Uint32Array(2 * topKPairs));
  await gpu().runAtOnce(
    maskLogits(mask, logits),
    argmax(gpu().kernels, logits, best),
    topK(logits, temperature, lists),
    topKMerge(lists, temperature, found),
  );
  const order = allowed.toSorted((a, b) => values[b]! - values[a]!);
  const words = await gpu().read(found);
  const bits = new Uint32Array(words.buffer);
  expect(order.map((_, i) => bits[2 * i + 1])).toEqual(order);
  const weights = order.map((id) => Math.exp((values[id]! - values[order[0]!]!) / 2));
  const total = new Float32Array(words.buffer)[2 * topKCount]!;
  expect(Math.abs(total / weights.reduce((sum, one) => sum + one, 0) - 1)).toBeLessThan(1e-4);
  expect(bits[2 * topKCount + 1]).toBe(0);
}); // prettier-ignore
