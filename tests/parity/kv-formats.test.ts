// How far do answers move when keys and values are kept in fewer bits, and which format does a conversation keep?

import { afterAll, describe, expect, test } from 'vitest';
import type { AskOptions, TraceTensor } from '../../src/api.ts';
import { Molmo2, type Chat } from '../../src/index.ts';
import { relativeError } from '../compare.ts';
import { forcedKernels } from '../forced-family.ts';
import { disposeModels, expectedTensors, goldenCases, goldenModel, goldenTrace } from './golden-cases.ts';
import { answerOf, exactMedia, largestShift, samples, structure } from './samples.ts';

const cases = (await goldenCases()).filter(({ name }) => /^(qwen3|olmo)-image-small$/.test(name));

afterAll(disposeModels);

// f16 rounds each key and value by at most 2^-11 of itself: 1.3e-4 was measured. int8 rounds by half of 1/127 of the largest
// of a head, eight times as much: 3.3e-3 was measured, and q8 weights, whose blocks are as long as these heads, may move
// logits by 3e-2.
const limits = { f16: 2e-3, int8: 1e-2 } as const;

function values(tensor: TraceTensor | undefined): ArrayLike<number> {
  if (!tensor) throw new Error('the trace lacks a tensor');
  return tensor.data;
}

test('one small case of each decoder is there', () => {
  expect(cases.map(({ checkpoint }) => checkpoint).sort()).toEqual(['olmo', 'qwen3']);
});

describe.each(cases)('$name', (golden) => {
  test.each(['f16', 'int8'] as const)('keys and values in %s move logits a little', async (kv) => {
    const [expected, trace] = await Promise.all([
      expectedTensors(golden),
      goldenTrace(golden, undefined, kv),
    ]);
    for (const name of ['logits_at', 'decode_logits']) {
      const wanted = expected.get(name)?.data ?? [];
      expect(wanted.length).toBeGreaterThan(0);
      const error = relativeError(values(trace[name]), wanted);
      console.log(`${golden.name} ${kv}: ${name} ${error.toExponential(1)}`);
      expect(error).toBeLessThan(limits[kv]);
      // Exact values would mean that nothing was rounded.
      expect(error).toBeGreaterThan(1e-5);
    }
  });
});

async function tokens(chat: Chat, prompt: string, options: AskOptions): Promise<readonly number[]> {
  for await (const event of chat.ask({ prompt }, { maxNewTokens: 3, ...options }))
    if (event.type === 'done') return event.answer.tokenIds;
  throw new Error('the answer never ended');
}

test('a conversation keeps the format of its first question, and refuses another one for a later question', async () => {
  const chat = (await goldenModel('qwen3')).chat();
  const first = await tokens(chat, 'What is it?', { kv: 'int8' });
  const later = await tokens(chat, 'And now?', {});
  await expect(tokens(chat, 'And then?', { kv: 'f32' })).rejects.toThrow(
    new RangeError(
      'options.kv is "f32", but this conversation keeps its keys and values in int8. Leave the option out, or begin a new conversation with it.',
    ),
  );
  // A refused question changes nothing.
  expect((await tokens(chat, 'And then?', { kv: 'int8' })).length).toBeGreaterThan(0);
  chat.dispose();
  const again = (await goldenModel('qwen3')).chat();
  expect(await tokens(again, 'What is it?', { kv: 'int8' })).toEqual(first);
  expect(await tokens(again, 'And now?', { kv: 'int8' })).toEqual(later);
  again.dispose();
});

// One question in four, of those where the next token is not nearly the other one.
const questions = (await samples())
  .filter(({ kind }) => kind !== 'video')
  .flatMap((sample) => sample.questions.map((q) => ({ ...q, sample })))
  .filter(({ min_margin }) => min_margin > 0.1)
  .filter((_, i) => i % 4 === 0);

test.each(['f16', 'int8'] as const)(
  'sample questions have answers of the same structure in %s',
  async (kv) => {
    expect(questions.length).toBeGreaterThan(3);
    const molmo = await Molmo2.load(forcedKernels);
    try {
      for (const { sample, question, answer } of questions) {
        const got = await answerOf(molmo, { ...exactMedia(sample), prompt: question }, { kv });
        console.log(`${kv} ${question}: moved by ${largestShift(got.text, answer)}`);
        expect(structure(got.text).rest).toBe(structure(answer).rest);
        expect(largestShift(got.text, answer)).toBeLessThanOrEqual(0.015);
      }
    } finally {
      molmo.dispose();
    }
  },
);
