import { expect, test } from 'vitest';
import { penalizeLogits } from '../../src/kernels/tokens/penalize-logits.ts';
import { penalizeLogitsReference } from '../reference/penalize-logits.ts';
import { useGpu } from './gpu-harness.ts';
import { floats, integers } from './random.ts';

const gpu = useGpu();

interface Case {
  readonly V: number;
  readonly repetition: number;
  readonly frequency: number;
  readonly presence: number;
  /** Tokens that are fed one after the other. */
  readonly fed: readonly number[];
  readonly stopped?: boolean;
}

/** Runs a step for each token that is fed, each with fresh logits; what the last one leaves behind. */
async function penalized({ V, repetition, frequency, presence, fed, stopped = false }: Case) {
  const logits = floats(V, V).map((value) => 8 * value);
  const before = [...integers(2, 20, V)];
  const bias: Record<number, number> = { 0: -100, [V - 1]: 7.5, [before[3]!]: -3 };
  const seen = new Uint32Array(V);
  for (const id of before) seen[id] = 1;
  const tensors = {
    penalties: gpu().input('penalties', [3], Float32Array.of(repetition, frequency, presence)),
    bias: gpu().input(
      'bias',
      [V],
      Float32Array.from({ length: V }, (_, id) => bias[id] ?? 0),
    ),
    seen: gpu().output('seen', [V], seen),
  };
  const cursor = gpu().input('cursor', [2], Uint32Array.of(5, stopped ? 1 : 0));
  const rows = fed.map(() => gpu().output('logits', [1, V], logits));
  const steps = rows.map((row, i) => {
    const id = gpu().input('id', [1], Uint32Array.of(fed[i]!));
    return penalizeLogits(tensors, { id, cursor, logits: row });
  });
  await gpu().runAtOnce(...steps);
  const options = { bias, repetition, frequency, presence };
  const expected = penalizeLogitsReference(logits, options, before, fed);
  return { got: await gpu().read(rows.at(-1)!), logits, expected };
}

test.each([
  { V: 640, repetition: 1.2, frequency: 0.5, presence: 0.25, fed: [3, 7, 3, 639, 3] },
  { V: 641, repetition: 0.8, frequency: -2, presence: -1, fed: [0, 0] },
  { V: 257, repetition: 1, frequency: 0, presence: 0, fed: [256] },
  { V: 151_936, repetition: 1.1, frequency: 0.1, presence: 2, fed: [151_935, 5, 151_935] },
])('logits are those of the reference for %o', async (c) => {
  const { got, expected } = await penalized(c);
  const worst = expected.reduce((most, value, i) => Math.max(most, Math.abs(got[i]! - value)), 0);
  // A quotient may be off by 2.5 ulp, a sum of values up to 128 by one.
  expect(worst).toBeLessThan(2 ** -14);
});

test('a token that has no logits counts nowhere, and a stopped cursor leaves the logits as they are', async () => {
  const options = { V: 640, repetition: 1.5, frequency: 1, presence: 1 };
  const { got: beyond, expected } = await penalized({ ...options, fed: [640] });
  const worst = expected.reduce((most, value, i) => Math.max(most, Math.abs(beyond[i]! - value)), 0);
  expect(worst).toBeLessThan(2 ** -14);
  const { got, logits } = await penalized({ ...options, fed: [3, 4], stopped: true });
  expect([...got]).toEqual([...logits]);
});
