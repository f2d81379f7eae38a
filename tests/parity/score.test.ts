// Is a given answer as likely as the PyTorch model says, and what is no answer?

import { afterAll, expect, inject, test } from 'vitest';
import { Molmo2, type ScoreInput, type ScoreOptions } from '../../src/index.ts';
import { inBrowser } from '../fixture-files.ts';
import { forcedKernels } from '../forced-family.ts';
import { logSoftmax } from '../reference/choose-token.ts';
import { disposeModels, expectedTensors, goldenCases, goldenInput, goldenModel } from './golden-cases.ts';

const molmo = await Molmo2.load(forcedKernels);
afterAll(async () => {
  molmo.dispose();
  await disposeModels();
});

const small = inBrowser ? ['qwen3-text'] : ['qwen3-text', 'olmo-image-small'];
const all = inject('goldenCases') === 'all';
const cases = (await goldenCases()).filter(({ name }) => all || small.includes(name));

test('the cases are there to be scored', () => {
  expect(cases).toHaveLength(all ? 10 : small.length);
});

test.each(cases)("$name: the score of PyTorch's answer is that of its logits", async (golden) => {
  const rows = (await expectedTensors(golden)).get('decode_logits')!;
  const [steps = 0, V = 0] = rows.shape;
  const expected = golden.generated.map(
    (id, i) => logSoftmax(Array.from(rows.data.subarray(i * V, (i + 1) * V)))[id]!,
  );
  expect(expected).toHaveLength(steps);
  const model = await goldenModel(golden.checkpoint);
  const got = await model.score({ ...goldenInput(golden), answer: golden.generated });
  expect(got.tokens.map(({ id }) => id)).toEqual(golden.generated);
  const sum = expected.reduce((a, b) => a + b, 0);
  console.log(`${golden.name}: ${got.logprob.toFixed(6)}, off by ${(got.logprob - sum).toExponential(1)}`);
  expect(Math.abs(got.logprob - sum)).toBeLessThan(1e-4);
  got.tokens.forEach(({ logprob }, i) => expect(Math.abs(logprob - expected[i]!)).toBeLessThan(1e-4));
  expect(got.usage).toMatchObject({ promptTokens: golden.input_ids.length, newTokens: steps });
});

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
