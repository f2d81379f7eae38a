import { expect, test } from 'vitest';
import { advance, stopsWords, writeStops } from '../../src/kernels/tokens/advance.ts';
import { argmax, argmaxSlices, noToken } from '../../src/kernels/tokens/argmax.ts';
import type { Dispatch } from '../../src/gpu/kernel.ts';
import { advanceReference, type DecodeState } from '../reference/advance.ts';
import { argmaxReference } from '../reference/argmax.ts';
import { useGpu } from './gpu-harness.ts';
import { floats } from './random.ts';

const gpu = useGpu();

interface Case {
  readonly logits: Float32Array;
  readonly state: DecodeState;
  readonly lastSlot?: number;
  readonly endIds?: readonly number[];
}

/** Runs `steps` steps over the same logits and tells what they leave behind. */
async function advanced(
  { logits, state, lastSlot = 1000, endIds = [] }: Case,
  steps = 1,
): Promise<DecodeState> {
  const words = new Uint32Array(stopsWords);
  writeStops(words, lastSlot, endIds);
  const slices = argmaxSlices(logits.length);
  const best = gpu().output('best', [slices, 2], new Uint32Array(slices * 2));
  const id = gpu().output('id', [1], Uint32Array.of(state.id));
  const cursor = gpu().output('cursor', [2], Uint32Array.of(state.slot, state.stopped ? 1 : 0));
  const stops = gpu().input('stops', [stopsWords], words);
  const step = [
    argmax(gpu().kernels, gpu().input('logits', [1, logits.length], logits), best),
    advance(best, stops, id, cursor),
  ];
  await gpu().runAtOnce(...Array.from({ length: steps }, (): Dispatch[] => step).flat());
  const [next = NaN] = await gpu().readIntegers(id);
  const [slot = NaN, stopped = NaN] = await gpu().readIntegers(cursor);
  expect([0, 1]).toContain(stopped);
  return { id: next, slot, stopped: stopped === 1 };
}

const running = { id: 7, slot: 40, stopped: false };

test.each([1, 5, 2048, 2049, 10_007, 100_278, 151_936])(
  'the largest of %d logits is fed next, one slot further on',
  async (count) => {
    const logits = floats(count + 1, count);
    expect(await advanced({ logits, state: running })).toEqual({
      id: argmaxReference(logits),
      slot: 41,
      stopped: false,
    });
  },
);

test.each([
  { why: 'of two slices', at: [2047, 2048], winner: 2047 },
  { why: 'of slices that one invocation compares', at: [2048 * 3, 2048 * 67], winner: 2048 * 3 },
  { why: 'of all slices', at: Array.from({ length: 74 }, (_, i) => i * 2048 + 99), winner: 99 },
  { why: 'of the first and the last', at: [0, 151_935], winner: 0 },
])('a tie $why goes to the lower id', async ({ at, winner }) => {
  const logits = new Float32Array(151_936).fill(-1);
  for (const i of at) logits[i] = 2;
  expect((await advanced({ logits, state: running })).id).toBe(winner);
});

const logits = floats(3, 5000);
const winner = argmaxReference(logits);

test.each([
  { why: 'an end id that is the only one', endIds: [winner] },
  { why: 'an end id that is the last of many', endIds: [...Array.from({ length: 29 }, (_, i) => 6000 + i), winner] },
  { why: 'another end id', endIds: [winner + 1, 0] },
  { why: 'the last slot', lastSlot: 41 },
  { why: 'a slot before the last', lastSlot: 42 },
  { why: 'a slot beyond the last', lastSlot: 3 },
  { why: 'what was stopped before', state: { id: 9, slot: 12, stopped: true } },
  { why: 'what an end id stopped before', state: { id: winner, slot: 12, stopped: true }, endIds: [winner] },
])('decoding goes on or stops as the reference does at $why', async ({ state = running, lastSlot = 1000, endIds = [] }) => {
  const expected = advanceReference(state, winner, lastSlot, endIds);
  expect(await advanced({ logits, state, lastSlot, endIds })).toEqual(expected);
}); // prettier-ignore

test('steps that are queued behind the stop change nothing', async () => {
  expect(await advanced({ logits, state: running, lastSlot: 43 }, 6)).toEqual({
    id: winner,
    slot: 43,
    stopped: true,
  });
  expect(await advanced({ logits, state: running, endIds: [winner] }, 3)).toEqual({
    id: winner,
    slot: 41,
    stopped: true,
  });
});

test('of more end ids than fit, the first are looked at', async () => {
  const many = Array.from({ length: 40 }, (_, i) => 6000 + i);
  expect(await advanced({ logits, state: running, endIds: [winner, ...many] })).toMatchObject({
    stopped: true,
  });
  expect(await advanced({ logits, state: running, endIds: [...many, winner] })).toMatchObject({
    id: winner,
    stopped: false,
  });
});

test.each([
  { why: 'the first', at: 0 },
  { why: 'the likeliest', at: winner },
  { why: 'the last', at: 4999 },
])(
  'a logit that is not finite ($why) stops decoding with no token, and later steps change nothing',
  async ({ at }) => {
    for (const value of [NaN, Infinity, -Infinity]) {
      const wrong = logits.slice();
      wrong[at] = value;
      for (const steps of [1, 4])
        expect(await advanced({ logits: wrong, state: running }, steps)).toEqual({
          id: noToken,
          slot: 41,
          stopped: true,
        });
    }
    const stopped = { id: 9, slot: 12, stopped: true };
    const wrong = logits.slice();
    wrong[at] = NaN;
    expect(await advanced({ logits: wrong, state: stopped })).toEqual(stopped);
  },
);

test('of 74 slices the last one tells as well', async () => {
  const wide = new Float32Array(151_936).fill(-1);
  wide[151_935] = NaN;
  expect((await advanced({ logits: wide, state: running })).id).toBe(noToken);
});
