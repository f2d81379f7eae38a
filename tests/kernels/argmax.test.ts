import { describe, expect, test } from 'vitest';
import { portableCapabilities } from '../../src/gpu/capabilities.ts';
import { argmax, argmaxSlices, noToken } from '../../src/kernels/tokens/argmax.ts';
import { argmaxReference } from '../reference/argmax.ts';
import { useGpu } from './gpu-harness.ts';
import { floats } from './random.ts';

const gpu = useGpu();

/** `count` zeros but for these values. */
function zerosBut(count: number, values: Record<number, number>): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => values[i] ?? 0);
}

const negativeNaN = new Float32Array(Uint32Array.of(0xffc00001).buffer)[0]!;

// Processors have fewer invocations.
describe.each([false, true])('of a driver that is software: %s', (software) => {
  const kernels = { capabilities: { ...portableCapabilities, software }, tuned: {} };

  /** Value and index of the best of each slice. */
  async function bestOf(logits: Float32Array): Promise<{ value: number; index: number }[]> {
    const slices = argmaxSlices(logits.length);
    const best = gpu().output('best', [slices, 2], new Uint32Array(slices * 2));
    await gpu().run(argmax(kernels, gpu().input('logits', [1, logits.length], logits), best));
    const words = await gpu().readIntegers(best);
    const values = new Float32Array(words.buffer, words.byteOffset, words.length);
    return Array.from({ length: slices }, (_, i) => ({ value: values[2 * i]!, index: words[2 * i + 1]! }));
  }

  /** The slices' best as the vocabulary's: what `advance` does, in plain words. */
  async function winnerOf(logits: Float32Array): Promise<number> {
    const best = await bestOf(logits);
    for (const { value, index } of best) expect(value).toBe(logits[index]);
    return best.reduce((a, b) => (b.value > a.value || (b.value === a.value && b.index < a.index) ? b : a))
      .index;
  }

  test.each([
    { count: 256, why: 'one value to an invocation' },
    { count: 1, why: 'one value' },
    { count: 3, why: 'fewer values than invocations' },
    { count: 257, why: 'one value more than invocations' },
    { count: 2048, why: 'one full slice' },
    { count: 2049, why: 'one value in the second slice' },
    { count: 10_007, why: 'a vocabulary that is no multiple of 4' },
    { count: 100_278, why: 'the vocabulary of the OLMo model' },
    { count: 151_936, why: 'the vocabulary of the 4B model' },
  ])('argmax finds the largest of $count random values: $why', async ({ count }) => {
    const logits = floats(count, count);
    expect(await winnerOf(logits)).toBe(argmaxReference(logits));
  });

  test('every slice has the best of its own values, or the first of all where that is larger', async () => {
    const logits = floats(5, 6000);
    const expected = [0, 2048, 4096].map((start) => {
      const own = start + argmaxReference(logits.slice(start, start + 2048));
      return logits[own]! > logits[0]! ? own : 0;
    });
    expect((await bestOf(logits)).map(({ index }) => index)).toEqual(expected);
  });

  test.each([
    { why: 'the first value', values: { 0: 1 }, winner: 0 },
    { why: 'the last value', values: { 10_006: 1 }, winner: 10_006 },
    { why: 'a tie inside one invocation', values: { 300: 1, 556: 1, 812: 1 }, winner: 300 },
    { why: 'a tie between neighbours', values: { 300: 1, 301: 1 }, winner: 300 },
    { why: 'a tie that a higher invocation wins', values: { 256: 1, 255: 1 }, winner: 255 },
    { why: 'a tie between slices', values: { 2047: 1, 2048: 1, 9000: 1 }, winner: 2047 },
    { why: 'a tie at the two ends', values: { 0: 1, 10_006: 1 }, winner: 0 },
    { why: 'everything equal', values: {}, winner: 0 },
  ])('argmax of $why is $winner', async ({ values, winner }) => {
    expect(await winnerOf(zerosBut(10_007, values))).toBe(winner);
  });

  test.each([
    { why: 'negative', logits: [-5, -3, -4], winner: 1 },
    { why: 'beyond the range of f16', logits: [-1e30, 1e30, 1e29], winner: 1 },
    { why: 'one ulp apart', logits: [1, 1 + 2 ** -23, 1], winner: 1 },
    { why: 'the most negative number', logits: [-3.4028234663852886e38, -3.4028234663852886e38], winner: 0 },
  ])('argmax of values that are $why', async ({ logits, winner }) => {
    expect(await winnerOf(Float32Array.from(logits))).toBe(winner);
  });

  test.each([
    { why: 'NaN', value: NaN },
    { why: 'NaN with a sign', value: negativeNaN },
    { why: 'infinite', value: Infinity },
    { why: 'infinite and the smallest', value: -Infinity },
  ])('a slice with a logit that is $why has no id, and the others have theirs', async ({ value }) => {
    for (const at of [0, 1, 255, 256, 2047, 2048, 4100, 10_006]) {
      const logits = floats(at + 1, 10_007);
      logits[at] = value;
      const slice = Math.floor(at / 2048);
      const found = await bestOf(logits);
      expect(found.flatMap(({ index }, i) => (index === noToken ? [i] : []))).toEqual([slice]);
    }
  });

  test('a logit of the largest magnitude is finite', async () => {
    const largest = 3.4028234663852886e38;
    expect(await winnerOf(Float32Array.of(-largest, largest, 1))).toBe(1);
  });
});
