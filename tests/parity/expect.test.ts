// Answers that must be something, through the door: what is drawn at random keeps the promise, and what the model says by
// itself stays as it is where it fits.

import { Ajv } from 'ajv';
import { afterAll, describe, expect, test } from 'vitest';
import { Molmo2, Molmo2Error, type Answer, type AskOptions, type Chat } from '../../src/index.ts';
import { seededRandom } from '../../src/decoder/sampling.ts';
import { wrongIn, type Promised } from '../expected-answers.ts';
import { forcedKernels } from '../forced-family.ts';
import { randomSchema } from '../random-schema.ts';
import { answerOf, exactMedia, samples, type Sample } from './samples.ts';

// A page has no environment.
const env = typeof process === 'undefined' ? {} : process.env;
const draws = Number(env['EXPECTED_DRAWS'] ?? 5);
const schemas = Number(env['EXPECTED_SCHEMAS'] ?? 5);
const seed = Number(env['EXPECTED_SEED'] ?? 1);

const molmo = await Molmo2.load(forcedKernels);
afterAll(() => molmo.dispose());

const all = await samples();

/** A sample of a kind with a question whose answer begins so. */
function asked(kind: Sample['kind'], begins: string): { sample: Sample; prompt: string } {
  for (const sample of all.filter((one) => one.kind === kind))
    for (const { question, answer } of sample.questions)
      if (answer.startsWith(begins)) return { sample, prompt: question };
  throw new Error(`no sample of kind ${kind} is answered by ${begins}`);
}

async function said(chat: Chat, input: Parameters<Chat['ask']>[0], options: AskOptions): Promise<Answer> {
  for await (const event of chat.ask(input, options)) if (event.type === 'done') return event.answer;
  throw new Error('no answer');
}

const picture = asked('image', '<points');
const input = { ...exactMedia(picture.sample), prompt: picture.prompt };

describe('what the model says by itself stays the same to the letter where it fits', () => {
  test.each([
    ['points', 'image', '<points'],
    ['points', 'image', 'Counting'],
    ['count', 'images', 'Counting'],
    ['tracks', 'video', '<tracks'],
  ] as const)('%s of a sample of kind %s whose answer begins with %s', async (promised, kind, begins) => {
    const { sample, prompt } = asked(kind, begins);
    const question = { ...exactMedia(sample), prompt };
    const plain = await answerOf(molmo, question);
    const held = await answerOf(molmo, question, { expect: promised });
    expect(held).toMatchObject({ ...plain, timings: {}, usage: {} });
    expect(held.usage.newTokens).toBe(plain.usage.newTokens);
  });
});

test.each<[Promised, Sample['kind'], string]>([
  ['points', 'image', '<points'],
  ['count', 'images', 'Counting'],
  ['tracks', 'video', '<tracks'],
])(`${draws} answers at temperature 2 that must be %s, about a sample of kind %s (seed ${seed})`, async (promised, kind, begins) => {
  const { sample, prompt } = asked(kind, begins);
  const { media, timestamps = [] } = sample;
  const keys = kind === 'video' ? timestamps.map((sec) => sec.toFixed(1)) : media.map((_, i) => String(i + 1));
  const chat = molmo.chat();
  let placed = 0;
  for (let run = 0; run < draws; run++) {
    const options = { expect: promised, temperature: 2, seed: seed * 10_000 + run, maxNewTokens: 1000 };
    const answer = await said(chat, { ...exactMedia(sample), prompt }, options);
    // Whoever draws "There are 556" owes as many points, of up to twelve tokens each.
    const owed = Number(/^There are (\d+) /.exec(answer.text)?.[1] ?? 0);
    const isLong = answer.finishReason === 'length' && 12 * owed > options.maxNewTokens;
    expect(isLong || answer.finishReason === 'stop', answer.text).toBe(true);
    if (isLong) {
      await chat.reset();
      continue;
    }
    expect(wrongIn(answer.text, promised, keys), answer.text).toBeNull();
    const written = [...(/coords="(.*?)"/.exec(answer.text)?.[1] ?? '').matchAll(/ \d+ \d{3} \d{3}/g)].length;
    const told = promised === 'tracks' ? answer.tracks.flatMap((track) => track.points) : answer.points;
    expect(told, answer.text).toHaveLength(written);
    if (promised === 'count') expect(answer.count, answer.text).not.toBeNull();
    placed += written > 0 ? 1 : 0;
    await chat.reset();
  }
  expect(placed).toBeGreaterThan(draws / 2);
  chat.dispose();
}); // prettier-ignore

test(`${schemas} answers that must be JSON of random schemas validate (seed ${seed})`, async () => {
  const ajv = new Ajv({ strict: false });
  const random = seededRandom(seed);
  const chat = molmo.chat();
  let ended = 0;
  for (let run = 0; run < schemas; run++) {
    const jsonSchema = randomSchema(random, 2);
    const options = { expect: { jsonSchema }, temperature: 1, seed: run, maxNewTokens: 400 };
    const answer = await said(chat, input, options);
    if (answer.finishReason === 'stop') {
      const about = `${answer.text} for ${JSON.stringify(jsonSchema)}`;
      expect(ajv.validate(jsonSchema, JSON.parse(answer.text)), about).toBe(true);
      ended += 1;
    }
    await chat.reset();
  }
  expect(ended).toBeGreaterThan(0.9 * schemas);
  chat.dispose();
});

test('other expectations hold, greedy and drawn, and in a chat', async () => {
  const chat = molmo.chat();
  const word = await said(chat, input, { expect: { choices: ['nothing at all', 'many things'] } });
  expect(['nothing at all', 'many things']).toContain(word.text);
  expect(word.finishReason).toBe('stop');
  const ask = { prompt: 'Where is it?' };
  expect((await said(chat, ask, { expect: 'yes-no', temperature: 2 })).text).toMatch(/^(Yes|No|yes|no)\.?$/);
  const regExp = /[A-Z][a-zé]{1,8}, \d{2}😀/;
  for (const options of [{}, { temperature: 2, seed: 3, topK: 5 }, { temperature: 1.5, topP: 0.9, minP: 0.1 }])
    expect((await said(chat, ask, { expect: { regExp }, ...options })).text).toMatch(/^[A-Z][a-zé]{1,8}, \d{2}😀$/u);
  const jsonSchema = {
    type: 'object',
    properties: { colour: { enum: ['red', 'blue'] }, count: { type: 'integer', minimum: 1, maximum: 12 } },
    required: ['colour', 'count'],
  };
  const object = await said(chat, ask, { expect: { jsonSchema }, temperature: 2 });
  expect(JSON.parse(object.text)).toEqual({
    colour: expect.stringMatching(/^(red|blue)$/),
    count: expect.any(Number),
  });
  // What follows is not held to anything.
  expect((await said(chat, { prompt: picture.prompt }, {})).tokenIds.length).toBeGreaterThan(0);
  chat.dispose();
}); // prettier-ignore

test('masks on this side and on the GPU choose the same, beside penalties and log probabilities', async () => {
  const expectation = { regExp: /(?:[a-z]+ ){8,12}end/ };
  for (const options of [{ frequencyPenalty: 0.7 }, { temperature: 2, seed: 4, logitBias: { 71: 3 } }]) {
    const quick = await answerOf(molmo, input, { ...options, expect: expectation, maxNewTokens: 40 });
    const traced = await answerOf(molmo, input, { ...options, expect: expectation, maxNewTokens: 40, logprobs: 1 });
    expect(traced.tokenIds).toEqual(quick.tokenIds);
    expect(traced.finishReason).toBe(quick.finishReason);
    // Of the model itself, to which other tokens are the likeliest.
    expect(traced.logprobs?.some(({ id, top }) => id !== top[0]?.id)).toBe(true);
  }
}); // prettier-ignore

test('an answer that is cut is told as always: by the limit, or before a stop string', async () => {
  const cut = await answerOf(molmo, input, { expect: 'points', maxNewTokens: 5 });
  expect(cut.finishReason).toBe('length');
  expect(cut.tokenIds).toHaveLength(5);
  const stopped = await answerOf(molmo, input, { expect: { choices: ['red and blue'] }, stop: ' and' });
  expect(stopped).toMatchObject({ text: 'red', finishReason: 'stop' });
});

test('what cannot be is refused before anything is looked at', async () => {
  const refused = (options: AskOptions) => answerOf(molmo, input, options);
  await expect(refused({ expect: 'tracks' })).rejects.toThrow('but no video is shown');
  await expect(refused({ expect: 'tracks' })).rejects.toThrow(Molmo2Error);
  await expect(answerOf(molmo, { prompt: 'Point.' }, { expect: 'points' })).rejects.toThrow('no picture or video is shown');
  await expect(refused({ expect: { regExp: /a(?=b)/ } })).rejects.toThrow(RangeError);
  await expect(refused({ expect: 'dots' as never })).rejects.toThrow(TypeError);
  await expect(refused({ expect: 'points', trace: { forceIds: [5] } })).rejects.toThrow('exclude each other');
  const count = await answerOf(molmo, { prompt: 'How many legs has a dog?' }, { expect: 'count' });
  expect(count.text === 'There are none.' ? 0 : Number.parseInt(count.text, 10)).toBe(count.count);
}); // prettier-ignore
