// Bias, penalties, draws and log probabilities against plain loops in f64.

import { expect, test } from 'vitest';
import { logitsProcessors } from '../../src/decoder/logits-processors.ts';
import { logprobOf, logprobsOf } from '../../src/decoder/logprobs.ts';
import { largest, sampleToken } from '../../src/decoder/sampling.ts';
import { drawnId, keptProbabilities, logSoftmax, type ChoiceOptions } from '../reference/choose-token.ts';
import { penalizeLogitsReference } from '../reference/penalize-logits.ts';
import { integer, pick, seeded } from './text-support.ts';

const V = 400;

function randomRow(seed: number) {
  const random = seeded(seed);
  const list = (most: number) => Array.from({ length: integer(random, most) }, () => integer(random, V));
  const spread = pick(random, [1, 8, 30]);
  const logits = Float32Array.from({ length: V }, () => spread * (random() + random() + random() - 1.5));
  const options: ChoiceOptions = {
    bias: Object.fromEntries(list(6).map((id) => [id, 200 * random() - 100])),
    repetition: pick(random, [1, 0.7, 1.1, 2]),
    frequency: pick(random, [0, 0.5, -1.5, 2]),
    presence: pick(random, [0, 1, -0.25]),
    temperature: pick(random, [0.2, 0.7, 1, 3]),
    topK: pick(random, [Infinity, 1, 5, 50]),
    topP: pick(random, [1, 0.9, 0.4]),
    minP: pick(random, [0, 0.02, 0.3, 1]),
  };
  // Ids beyond the vocabulary stand for pictures: they have no logits.
  return { logits, options, prompt: [...list(40), V + 3], answer: list(30), number: random() };
}

function processed({ logits, options, prompt, answer }: ReturnType<typeof randomRow>): Float32Array {
  const { repetition, frequency, presence } = options;
  const logitBias = new Map(Object.entries(options.bias).map(([id, bias]) => [Number(id), bias]));
  const list = logitsProcessors({ logitBias, penalties: { repetition, frequency, presence } }, prompt);
  for (const id of answer) for (const one of list) one.take?.(id);
  const own = logits.slice();
  for (const one of list) one.apply(own);
  return own;
}

const rows = Array.from({ length: 200 }, (_, seed) => randomRow(seed));

test('bias and penalties of 200 random rows are those of the reference', () => {
  let worst = 0;
  for (const row of rows) {
    const own = processed(row);
    penalizeLogitsReference(row.logits, row.options, row.prompt, row.answer).forEach((value, id) => {
      const error = Math.abs((own[id] ?? NaN) - value);
      worst = Math.max(worst, Number.isNaN(error) ? Infinity : error);
    });
  }
  // Two roundings to f32 of values up to 256.
  expect(worst).toBeLessThan(2 ** -15);
});

test('draws of 200 random rows are those of the reference, and greedy takes its largest', () => {
  let compared = 0;
  for (const row of rows) {
    const own = processed(row);
    const logits = Array.from(own);
    const { id, distance } = drawnId(keptProbabilities(logits, row.options), row.number);
    if (distance < 1e-9) continue; // rounding decides
    expect(sampleToken(own, row.options, () => row.number)).toBe(id);
    expect(largest(own)).toBe(logits.indexOf(Math.max(...logits)));
    compared += 1;
  }
  expect(compared).toBeGreaterThan(195);
});

test('log probabilities of 200 random rows are those of the reference, the best ones in order', () => {
  for (const { logits, answer } of rows) {
    const expected = logSoftmax(Array.from(logits));
    const id = answer[0] ?? 7;
    const { logprob, top } = logprobsOf(logits, id, 20);
    expect(Math.abs(logprob - expected[id]!)).toBeLessThan(1e-12);
    expect(logprobOf(logits, id)).toBe(logprob);
    const best = [...expected.keys()].sort((a, b) => logits[b]! - logits[a]! || a - b).slice(0, 20);
    expect(top.map((one) => one.id)).toEqual(best);
    for (const one of top) expect(Math.abs(one.logprob - expected[one.id]!)).toBeLessThan(1e-12);
  }
});

test('more alternatives than tokens are all tokens, none are none, and an id without logits is impossible', () => {
  const logits = Float32Array.of(1, 3, 3);
  expect(logprobsOf(logits, 0, 20).top.map(({ id }) => id)).toEqual([1, 2, 0]);
  expect(logprobsOf(logits, 0, 0).top).toEqual([]);
  expect(logprobOf(logits, 3)).toBe(-Infinity);
});

test('options that change nothing need no processor', () => {
  const penalties = { repetition: 1, frequency: 0, presence: 0 };
  expect(logitsProcessors({ logitBias: new Map(), penalties }, [1, 2])).toEqual([]);
});

test('a token that is forbidden is never drawn, nor one that is forced passed over', () => {
  const logits = Float32Array.of(5, 1, 2, -Infinity, 0.5);
  const options = { temperature: 1, topK: Infinity, topP: 1, minP: 0 };
  for (const number of [0, 0.4, 0.999999]) expect(sampleToken(logits, options, () => number)).not.toBe(3);
});
