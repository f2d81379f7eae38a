// Does the whole path agree with the PyTorch model? Dawn runs every case; Chromium the small ones, and with
// `npm run test:golden` every one.

import { afterAll, describe, expect, inject, test } from 'vitest';
import type { ContentPart } from '../../src/index.ts';
import { inBrowser } from '../fixture-files.ts';
import { logSoftmax } from '../reference/choose-token.ts';
import { expectGolden } from './expect-golden.ts';
import { disposeModels, expectedTensors, goldenCases, goldenInput, goldenModel } from './golden-cases.ts';
import { answerOf } from './samples.ts';
import { compareGolden, holds, tracedRun } from './golden-model.ts';

const small = ['qwen3-text', 'qwen3-image-small', 'olmo-text', 'olmo-image-small'];
const all = !inBrowser || inject('goldenCases') === 'all';
const cases = (await goldenCases()).filter(({ name }) => all || small.includes(name));

afterAll(disposeModels);

test('all ten cases are there to be run', async () => {
  expect(await goldenCases()).toHaveLength(10);
  expect(cases).toHaveLength(all ? 10 : small.length);
});

// Two pictures and a video are enough: what is kept does not depend on the case.
const repeated = /image-small|qwen3-video/;

describe.each(cases)('$name', (golden) => {
  test('gives the tensors of the PyTorch model', async () => {
    await expectGolden(golden);
    if (!repeated.test(golden.name)) return;
    // Now its features are kept: they come again without vision work.
    const { trace, usage } = await tracedRun(await goldenModel(golden.checkpoint), golden);
    expect(usage.visionCrops).toBe(0);
    const findings = compareGolden(golden, await expectedTensors(golden), trace);
    expect(findings.filter((finding) => !holds(finding))).toEqual([]);
  });
});

// In all cases with `npm run test:golden`; the features of their pictures are kept, too.
const scored = cases.filter(({ name }) => inject('goldenCases') === 'all' || /text|image-small/.test(name));

test.each(scored)("$name: the score of PyTorch's answer is that of its logits", async (golden) => {
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

test.each(scored)(
  '$name: questions that are asked together are answered as separate runs answer them',
  async (golden) => {
    const model = await goldenModel(golden.checkpoint);
    const { messages, ...media } = goldenInput(golden);
    const parts = messages?.flatMap<string | ContentPart>(({ content }) => content) ?? [];
    const words = parts.flatMap((part) =>
      typeof part === 'string' ? part : part.type === 'text' ? part.text : [],
    );
    const prompts = [words[0] || 'Hi', 'How many?'];
    const options = { maxNewTokens: 5 };
    const answers = await model.askAll({ ...media, prompts }, options);
    for (const [i, prompt] of prompts.entries())
      expect(answers[i]!.tokenIds, prompt).toEqual(
        (await answerOf(model, { ...media, prompt }, options)).tokenIds,
      );
  },
);
