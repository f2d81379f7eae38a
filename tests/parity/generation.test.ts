// Options of generation through the door: what they do to an answer, told by the tensors of the run itself.

import { afterAll, expect, test } from 'vitest';
import { Molmo2, type Answer, type AskEvent, type AskOptions, type Trace } from '../../src/index.ts';
import { forcedKernels } from '../forced-family.ts';
import { logSoftmax } from '../reference/choose-token.ts';
import { penalizeLogitsReference } from '../reference/penalize-logits.ts';
import { exactMedia, samples } from './samples.ts';
import { questionLike } from '../sample-questions.ts';

const molmo = await Molmo2.load(forcedKernels);
afterAll(() => molmo.dispose());

const { sample, question } = questionLike(await samples(), { form: 'one crop', says: 'points' });
const input = { ...exactMedia(sample), prompt: question };

interface Told {
  readonly answer: Answer;
  readonly events: readonly AskEvent[];
  readonly trace: Trace;
}

async function told(asked: AsyncIterable<AskEvent>): Promise<Told> {
  const events: AskEvent[] = [];
  for await (const event of asked) events.push(event);
  const last = events.at(-1);
  if (last?.type !== 'done') throw new Error('no answer');
  const traced = events.find((event) => event.type === 'trace');
  return { answer: last.answer, events, trace: traced?.trace ?? {} };
}

const ask = (options: AskOptions) => told(molmo.ask(input, options));
const textOf = ({ events }: Told) =>
  events.map((event) => (event.type === 'text' ? event.text : '')).join('');

const plain = await ask({});

test.each([0, 0.3, 0.7])('a stop string that begins after %d of the text ends it there', async (share) => {
  const { text, tokenIds } = plain.answer;
  const at = Math.floor(share * text.length);
  const stop = text.slice(at, at + 5);
  const got = await ask({ stop: ['never said', stop] });
  expect(got.answer.text).toBe(text.slice(0, text.indexOf(stop)));
  expect(textOf(got)).toBe(got.answer.text);
  expect(got.answer.finishReason).toBe('stop');
  expect(got.answer.tokenIds).toEqual(tokenIds.slice(0, got.answer.tokenIds.length));
  expect(got.answer.tokenIds.length).toBeLessThan(tokenIds.length);
});

test('log probabilities are those of the traced logits, in events and in the answer, and change no answer', async () => {
  const got = await ask({ logprobs: 2, trace: {} });
  const { logprobs = [], tokenIds } = got.answer;
  expect(tokenIds).toEqual(plain.answer.tokenIds);
  expect(logprobs.map(({ id }) => id)).toEqual(tokenIds);
  expect(logprobs.map(({ text }) => text).join('')).toBe(plain.answer.text);
  expect(got.events.flatMap((event) => (event.type === 'text' ? (event.logprobs ?? []) : []))).toEqual(logprobs);
  rowsOf(got.trace).forEach((row, i) => {
    const expected = logSoftmax(row);
    const { id, logprob, top } = logprobs[i]!;
    expect(top).toHaveLength(2);
    expect(top[0]).toMatchObject({ id, logprob });
    for (const one of [logprobs[i]!, ...top])
      expect(Math.abs(one.logprob - expected[one.id]!)).toBeLessThan(1e-9);
  });
  expect((await ask({ logprobs: 0 })).answer.logprobs?.every(({ top }) => top.length === 0)).toBe(true);
  expect(plain.answer).not.toHaveProperty('logprobs');
}); // prettier-ignore

function rowsOf(trace: Trace): number[][] {
  const { shape, data } = trace['decode_logits']!;
  const [rows = 0, V = 0] = shape;
  return Array.from({ length: rows }, (_, i) => Array.from(data.subarray(i * V, (i + 1) * V)));
}

test('bias and penalties choose what the reference does, over the whole conversation, with and without a trace', async () => {
  const banned = plain.answer.tokenIds[0]!;
  const options = {
    maxNewTokens: 20,
    repetitionPenalty: 2,
    frequencyPenalty: 0.5,
    presencePenalty: 0.25,
    logitBias: { [banned]: -100, 11: 2 },
  };
  const chat = molmo.chat();
  const quick = molmo.chat();
  const before: number[] = [];
  for (const prompt of [input, { prompt: 'Caption this image.' }]) {
    const { answer, trace } = await told(chat.ask(prompt, { ...options, trace: {} }));
    const { data } = trace['input_ids']!;
    before.push(...data);
    const choice = {
      bias: options.logitBias,
      repetition: 2,
      frequency: 0.5,
      presence: 0.25,
      temperature: 0,
      topK: Infinity,
      topP: 1,
      minP: 0,
    };
    let changed = 0;
    rowsOf(trace).forEach((row, i) => {
      const logits = penalizeLogitsReference(row, choice, before, answer.tokenIds.slice(0, i));
      const best = Math.max(...logits);
      // A near tie may fall either way in f32.
      expect(best - logits[answer.tokenIds[i]!]!).toBeLessThan(1e-4);
      if (row.indexOf(Math.max(...row)) !== answer.tokenIds[i]) changed += 1;
    });
    expect(changed).toBeGreaterThan(0);
    expect(answer.tokenIds).not.toContain(banned);
    expect((await told(quick.ask(prompt, { ...options, kv: 'f32' }))).answer.tokenIds).toEqual(answer.tokenIds);
    // The last token before the limit is fed with the next question.
    before.push(...answer.tokenIds.slice(0, answer.finishReason === 'length' ? -1 : undefined));
  }
  chat.dispose();
  quick.dispose();
}); // prettier-ignore

test('penalties of a draw, min-p of 1 is greedy, and a forced token is all that is written', async () => {
  const greedy = await ask({ temperature: 1.5, minP: 1, maxNewTokens: 20 });
  expect(greedy.answer.tokenIds).toEqual(plain.answer.tokenIds.slice(0, 20));
  const drawn = { temperature: 1, seed: 5, frequencyPenalty: 2, maxNewTokens: 20 };
  const [a, b] = [await ask(drawn), await ask(drawn)];
  expect(a.answer.tokenIds).toEqual(b.answer.tokenIds);
  // With a trace the logits are changed on this side, without one on the GPU.
  expect((await ask({ ...drawn, trace: {} })).answer.tokenIds).toEqual(a.answer.tokenIds);
  const id = plain.answer.tokenIds[3]!;
  const forced = await ask({ logitBias: { [id]: 100 }, maxNewTokens: 4 });
  expect(forced.answer.tokenIds).toEqual([id, id, id, id]);
});

test('a bias for an id that the model cannot choose is refused before any work', async () => {
  await expect(ask({ logitBias: { 999_999: 1 } })).rejects.toThrow(/^options\.logitBias .* got the id 999999\.$/);
}); // prettier-ignore
