import { expect, test } from 'vitest';
import { totalError } from '../../src/decoder/sampling.ts';
import { topKMerge } from '../../src/kernels/tokens/top-k-merge.ts';
import { topK, topKCount, topKPairs, topKSlices } from '../../src/kernels/tokens/top-k.ts';
import { topKReference } from '../reference/top-k.ts';
import { useGpu } from './gpu-harness.ts';
import { floats } from './random.ts';

const gpu = useGpu();

interface List {
  readonly ids: number[];
  readonly logits: number[];
  readonly total: number;
  /** 1 where a logit is not finite. */
  readonly wrong: number;
}

function listOf(words: Uint32Array): List {
  const values = new Float32Array(words.buffer, words.byteOffset, words.length);
  const ids = Array.from({ length: topKCount }, (_, i) => words[2 * i + 1]!);
  const count = ids.includes(0xffffffff) ? ids.indexOf(0xffffffff) : topKCount;
  expect(ids.slice(count)).toEqual(ids.slice(count).map(() => 0xffffffff));
  return {
    ids: ids.slice(0, count),
    logits: Array.from({ length: count }, (_, i) => values[2 * i]!),
    total: values[2 * topKCount]!,
    wrong: words[2 * topKCount + 1]!,
  };
}

/** The lists of all slices, and of the whole vocabulary. */
async function found(logits: Float32Array, temperature: number): Promise<{ slices: List[]; all: List }> {
  const count = topKSlices(logits.length);
  const size = topKPairs * 2;
  const lists = gpu().output('lists', [count, topKPairs, 2], new Uint32Array(count * size));
  const best = gpu().output('best', [topKPairs, 2], new Uint32Array(size));
  const warmth = gpu().input('temperature', [1], Float32Array.of(temperature));
  await gpu().run(
    topK(gpu().input('logits', [1, logits.length], logits), warmth, lists),
    topKMerge(lists, warmth, best),
  );
  const words = await gpu().readIntegers(lists);
  return {
    slices: Array.from({ length: count }, (_, i) => listOf(words.slice(i * size, (i + 1) * size))),
    all: listOf(await gpu().readIntegers(best)),
  };
}

function expectList(list: List, expected: Omit<List, 'wrong'>): void {
  expect(list.wrong).toBe(0);
  expect(list.ids).toEqual(expected.ids);
  expect(list.logits).toEqual(expected.logits);
  expect(Math.abs(list.total - expected.total)).toBeLessThanOrEqual((totalError / 2) * expected.total);
}

const steep = (seed: number, count: number) => floats(seed, count).map((value) => value * 12);

test.each([
  { count: 1, temperature: 1, why: 'one token' },
  { count: 5, temperature: 0.3, why: 'fewer tokens than are looked for' },
  { count: 256, temperature: 1, why: 'exactly as many as are looked for' },
  { count: 257, temperature: 1, why: 'one more' },
  { count: 512, temperature: 1, why: 'the embedded model' },
  { count: 4096, temperature: 1, why: 'one whole slice' },
  { count: 4097, temperature: 1, why: 'a slice of one token' },
  { count: 20_011, temperature: 5, why: 'a flat softmax' },
  { count: 20_011, temperature: 1e-3, why: 'a softmax of one peak' },
  { count: 100_278, temperature: 0.7, why: 'the vocabulary of the OLMo model' },
])('the best of $count logits and their total at temperature $temperature: $why', async ({ count, temperature }) => {
  const logits = steep(count, count);
  const { slices, all } = await found(logits, temperature);
  expectList(all, topKReference(logits, topKCount, temperature));
  slices.slice(0, 3).forEach((slice, i) => {
    const expected = topKReference(logits.slice(i * 4096, (i + 1) * 4096), topKCount, temperature);
    expectList(slice, { ...expected, ids: expected.ids.map((id) => id + i * 4096) });
  });
}); // prettier-ignore

test.each([
  { why: 'everything is equal', logits: new Float32Array(9000).fill(0.5) },
  { why: 'there are only three values', logits: floats(4, 9000).map((value) => Math.round(value)) },
  {
    why: 'the best come in descending order',
    logits: Float32Array.from({ length: 9000 }, (_, i) => -i / 512),
  },
  { why: 'the best come in ascending order', logits: Float32Array.from({ length: 9000 }, (_, i) => i / 512) },
  {
    why: 'the border of the 256th is tied across slices',
    logits: Float32Array.from({ length: 9000 }, (_, i) => (i % 40 === 7 ? 1 : -3)),
  },
  { why: 'zeros have two signs', logits: Float32Array.from({ length: 600 }, (_, i) => (i % 2 ? 0 : -0)) },
])('of equal logits the lower ids are kept where $why', async ({ logits }) => {
  const { all } = await found(logits, 1);
  const expected = topKReference(logits, topKCount, 1);
  expect(all.ids).toEqual(expected.ids);
  expect(all.logits).toEqual(expected.logits);
});

test('all of the best lie in one slice, or one in each', async () => {
  const oneSlice = steep(1, 12_288).map((value, i) => (i >= 4096 && i < 8192 ? value + 100 : value));
  expectList((await found(oneSlice, 1)).all, topKReference(oneSlice, topKCount, 1));
  const spread = new Float32Array(12_288).fill(-50);
  for (const i of [3, 4096 + 5, 8192 + 7]) spread[i] = i / 1000;
  expectList((await found(spread, 1)).all, topKReference(spread, topKCount, 1));
});

test('a logit that is no number is never among the best', async () => {
  const logits = steep(9, 5000);
  for (const i of [0, 17, 4999]) logits[i] = NaN;
  const clean = logits.map((value) => (Number.isNaN(value) ? -1e30 : value));
  expect((await found(logits, 1)).all.ids).toEqual(topKReference(clean, topKCount, 1).ids);
});

test.each([NaN, Infinity, -Infinity])('a logit of %d shows in its slice and in the whole', async (value) => {
  for (const at of [0, 4095, 4096, 8999]) {
    const logits = steep(at, 9000);
    logits[at] = value;
    const { slices, all } = await found(logits, 0.7);
    expect(slices.map(({ wrong }) => wrong)).toEqual(
      [0, 1, 2].map((i) => Number(i === Math.floor(at / 4096))),
    );
    expect(all.wrong).toBe(1);
  }
});
