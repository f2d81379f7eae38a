// What a score weighs, and what is no answer. Whether it is right, golden.test.ts says, and samples.test.ts of the model's own.

import { afterAll, expect, test } from 'vitest';
import { Molmo2, type ScoreInput, type ScoreOptions } from '../../src/index.ts';
import { forcedKernels } from '../forced-family.ts';

const molmo = await Molmo2.load(forcedKernels);
afterAll(() => molmo.dispose());

test('the weights of training are those of its recipe', async () => {
  const weighted = (options: ScoreOptions) => molmo.score({ prompt: 'Hi', answer: [7, 8, 9] }, options);
  const plain = await weighted({});
  const length = await weighted({ weighting: 'length' });
  // Three tokens and the one that ends the answer.
  expect(length.tokens).toHaveLength(4);
  expect(length.weight).toBeCloseTo(1, 12);
  expect(length.loss).toBeCloseTo(-length.logprob, 12);
  expect((await weighted({ weighting: 'length', end: false, branches: 3 })).weight).toBeCloseTo(2 / 3, 12);
  for (const [weighting, weight] of [
    ['pointing', 0.2],
    ['tracking', 0.2],
    ['video-caption', 0.1],
    [0.5, 0.5],
  ] as const) {
    const { loss, logprob } = await weighted({ weighting, end: false });
    expect(loss).toBeCloseTo(-weight * logprob, 12);
    expect(logprob).toBe(plain.logprob);
  }
});

test.each<[string, unknown, unknown, RegExp]>([
  ['an answer that is no text', { answer: 5 }, {}, /^"answer" must be the text to score or a list of token ids, got number\.$/],
  ['no answer', {}, {}, /^"answer" .* got undefined\.$/],
  ['an id without logits', { answer: [640] }, {}, /^"answer" must be text or token ids from 0 to \d+; got the id 640\.$/],
  ['an id that is a word', { answer: ['cat'] }, {}, /got the id cat\.$/],
  ['an empty answer', { answer: '' }, {}, /^The answer is empty/],
  ['an unknown weighting', { answer: 'x' }, { weighting: 'root' }, /^options\.weighting must be "length", .*; got "root"\.$/],
  ['a negative weight', { answer: 'x' }, { weighting: -1 }, /^options\.weighting .*got -1\.$/],
  ['half a branch', { answer: 'x' }, { branches: 0.5 }, /^options\.branches must be a positive integer, got 0\.5\.$/],
  ['a format that does not exist', { answer: 'x' }, { kv: 'int4' }, /^options\.kv must be/],
  ['an empty prompt', { answer: 'x', prompt: ' ' }, {}, /^The prompt is empty/],
])('%s is refused, and the next answer is scored', async (_, odd, options, message) => {
  const asked = molmo.score({ prompt: 'Hi', ...(odd as object) } as ScoreInput, options as ScoreOptions);
  await expect(asked).rejects.toThrow(message);
  expect((await molmo.score({ prompt: 'Hi', answer: [7] })).tokens).toHaveLength(1);
}); // prettier-ignore
