// The packages whose shapes our adapters speak drive the embedded model: OpenAI's client through `fetch`, the AI SDK through its
// provider, and a page's code for the Prompt API. The answers are those that PyTorch gives.

import { generateObject, generateText, jsonSchema, streamText } from 'ai';
import OpenAI, { APIUserAbortError, BadRequestError, NotFoundError } from 'openai';
import { zodResponseFormat } from 'openai/helpers/zod';
import { afterAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createMolmo } from '../../src/adapters/ai-sdk/ai-sdk.ts';
import { createOpenAI, type FoundPlaces } from '../../src/adapters/openai/openai.ts';
import { createLanguageModel, type Message } from '../../src/adapters/prompt-api/prompt-api.ts';
import { Molmo2 } from '../../src/index.ts';
import { fixtureBytes } from '../fixture-files.ts';
import { forcedKernels } from '../forced-family.ts';
import { answerOf, samples } from '../parity/samples.ts';
import { questionLike, sampleLike } from '../sample-questions.ts';

const molmo = await Molmo2.load({ ...forcedKernels, tune: false });
afterAll(() => molmo.dispose());

const all = await samples();
const { sample, question, answer } = questionLike(all, { form: 'one crop', says: 'count' });
const picture = await fixtureBytes(`samples/${sample.media[0]}`);
const clip = sampleLike(all, { kind: 'video', file: '.mp4' });
const video = await fixtureBytes(`samples/${clip.media[0]}`);

/** More words than the model reads. */
const tooLong = 'a '.repeat(molmo.info.maxPositions + 10);

const dataUrl = (type: string, bytes: Uint8Array) =>
  `data:${type};base64,${Buffer.from(bytes).toString('base64')}`;
const [width = 0, height = 0] = (/-(\d+)x(\d+)$/.exec(sample.name) ?? []).slice(1).map(Number);

/** A place of the picture, wherever a type of another package hides it. */
function checkPlaces(message: object): void {
  const { molmo: found } = message as { molmo: FoundPlaces };
  expect(found.count).toBe(found.points.length);
  expect(found.points.length).toBeGreaterThan(0);
  for (const { x, y } of found.points) {
    expect(x > 0 && x < width).toBe(true);
    expect(y > 0 && y < height).toBe(true);
  }
}

describe("OpenAI's client", () => {
  const client = new OpenAI({
    apiKey: 'none',
    baseURL: 'http://localhost/v1',
    fetch: createOpenAI(molmo).fetch,
  });
  const model = molmo.info.model;
  const messages = [
    {
      role: 'user' as const,
      content: [
        { type: 'image_url' as const, image_url: { url: dataUrl('image/png', picture) } },
        { type: 'text' as const, text: question },
      ],
    },
  ];

  test('gets the answer with its points in the text and in pixels, its usage and its log probabilities', async () => {
    const completion = await client.chat.completions.create({
      model,
      messages,
      logprobs: true,
      top_logprobs: 2,
    });
    const [choice] = completion.choices;
    expect(choice?.message.content).toBe(answer);
    expect(choice?.message.content).toContain('<points coords="');
    checkPlaces(choice!.message);
    expect(choice?.finish_reason).toBe('stop');
    const { content } = choice!.logprobs!;
    expect(content).toHaveLength(completion.usage!.completion_tokens);
    expect(content!.map(({ token }) => token).join('')).toBe(answer);
    expect(content!.every(({ logprob, top_logprobs: top }) => logprob <= 0 && top.length === 2)).toBe(true);
    expect(completion.usage!.prompt_tokens).toBeGreaterThan(20);
  });

  test('streams the same, and its own reader puts it together', async () => {
    const stream = client.chat.completions.stream({
      model,
      messages,
      stream_options: { include_usage: true },
    });
    const pieces: string[] = [];
    stream.on('content', (piece) => pieces.push(piece));
    const completion = await stream.finalChatCompletion();
    expect(pieces.length).toBeGreaterThan(3);
    expect(pieces.join('')).toBe(answer);
    checkPlaces(completion.choices[0]!.message);
    expect(completion.usage!.total_tokens).toBeGreaterThan(completion.usage!.completion_tokens);
  });

  test('follows several turns, a video, and a stop string', async () => {
    const said = [
      { role: 'user', content: [{ type: 'image' }, { type: 'text', text: question }] },
      { role: 'assistant', content: answer },
      { role: 'user', content: question },
    ] as const;
    const expected = await answerOf(molmo, { image: picture, messages: said }, { stop: ' shows' });
    const told = await client.chat.completions.create({
      model,
      messages: [...messages, ...said.slice(1)] as typeof messages,
      stop: ' shows',
    });
    expect(told.choices[0]?.message.content).toBe(expected.text);
    const prompt = clip.questions[0]!.question;
    const part = { type: 'video_url', video_url: { url: dataUrl('video/mp4', video) } };
    const own = { max_tokens: 12, molmo: { maxFrames: 2 } };
    const followed = await client.chat.completions.create({
      model,
      messages: [{ role: 'user', content: [{ type: 'text', text: prompt }, part as never] }],
      ...own,
    });
    const alone = await answerOf(molmo, { video: new Blob([video]), prompt, maxFrames: 2 }, { maxNewTokens: 12 }); // prettier-ignore
    expect(followed.choices[0]?.finish_reason).toBe('length');
    expect(followed.choices[0]?.message.content).toBe(alone.text);
  });

  test('gets JSON of a schema, and JSON of any', async () => {
    const shape = z.object({
      color: z.enum(['red', 'green', 'blue']),
      count: z.number().int().min(0).max(9),
    });
    const parsed = await client.chat.completions.parse({
      model,
      messages,
      response_format: zodResponseFormat(shape, 'shape'),
      max_completion_tokens: 40,
    });
    expect(shape.safeParse(parsed.choices[0]?.message.parsed).success).toBe(true);
    const any = await client.chat.completions.create({
      model,
      messages,
      response_format: { type: 'json_object' },
      max_tokens: 4,
    });
    expect(any.choices[0]?.message.content).toMatch(/^\{/);
  });

  test('stops when it is aborted, and nothing is asked any more', async () => {
    const stream = await client.chat.completions.create({ model, messages, stream: true });
    let pieces = 0;
    for await (const chunk of stream)
      if (chunk.choices[0]?.delta.content && ++pieces === 2) stream.controller.abort();
    expect(pieces).toBe(2);
    const stop = new AbortController();
    const asked = client.chat.completions.create({ model, messages }, { signal: stop.signal });
    setTimeout(() => stop.abort(), 20);
    await expect(asked).rejects.toBeInstanceOf(APIUserAbortError);
  });

  test('lists the model, and throws its own errors', async () => {
    const names: string[] = [];
    for await (const { id } of client.models.list()) names.push(id);
    expect(names).toEqual([model]);
    const asked = (more: object) => client.chat.completions.create({ model, messages, ...more });
    await expect(asked({ model: 'another' })).rejects.toMatchObject({ status: 404, code: 'model_not_found', param: 'model' }); // prettier-ignore
    await expect(asked({ model: 'another' })).rejects.toBeInstanceOf(NotFoundError);
    await expect(asked({ temperature: -1 })).rejects.toBeInstanceOf(BadRequestError);
    await expect(asked({ n: 2 })).rejects.toMatchObject({
      status: 400,
      type: 'invalid_request_error',
      param: 'n',
    });
    await expect(asked({ messages: [{ role: 'user', content: tooLong }] })).rejects.toMatchObject({ code: 'context_length_exceeded', status: 400 }); // prettier-ignore
    const broken = { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } };
    await expect(asked({ messages: [{ role: 'user', content: [broken] }], stream: true })).rejects.toMatchObject({ code: 'media-unreadable', status: 400 }); // prettier-ignore
  });
});

describe('the AI SDK', () => {
  const model = createMolmo(molmo)();
  const messages = [
    {
      role: 'user' as const,
      content: [
        { type: 'file' as const, data: picture, mediaType: 'image/png' },
        { type: 'text' as const, text: question },
      ],
    },
  ];

  test('streams the answer with its points in pixels', async () => {
    const stream = streamText({ model, messages });
    const pieces: string[] = [];
    for await (const piece of stream.textStream) pieces.push(piece);
    expect(pieces.length).toBeGreaterThan(3);
    expect(pieces.join('')).toBe(answer);
    checkPlaces((await stream.providerMetadata)!);
    expect(await stream.finishReason).toBe('stop');
    expect((await stream.usage).outputTokens).toBeGreaterThan(3);
  });

  test('generates an object of a schema', async () => {
    const schema = jsonSchema<{ color: string; isThere: boolean }>({
      type: 'object',
      properties: { color: { enum: ['red', 'green'] }, isThere: { type: 'boolean' } },
      required: ['color', 'isThere'],
    });
    const { object } = await generateObject({ model, messages, schema });
    expect(object).toEqual({ color: expect.stringMatching(/^(red|green)$/), isThere: expect.any(Boolean) });
  });

  test('stops when it is aborted, and throws what cannot be', async () => {
    const stop = new AbortController();
    const asked = generateText({ model, messages, abortSignal: stop.signal });
    setTimeout(() => stop.abort(), 20);
    await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
    const wrong = generateText({ model, messages, temperature: -1, maxRetries: 0 });
    await expect(wrong).rejects.toThrow('options.temperature must be 0 or more');
  });
});

describe('the Prompt API', () => {
  const LanguageModel = createLanguageModel(molmo);
  const ask: Message = {
    role: 'user',
    content: [
      { type: 'image', value: new Blob([picture]) },
      { type: 'text', value: question },
    ],
  };
  const expectedInputs = [{ type: 'image' as const }];

  test('answers, continues, clones and forgets nothing', async () => {
    const session = await LanguageModel.create({ expectedInputs });
    const pieces: string[] = [];
    for await (const piece of session.promptStreaming([ask])) pieces.push(piece);
    expect(pieces.join('')).toBe(answer);
    const before = session.contextUsage;
    expect(before).toBeGreaterThan(await session.measureContextUsage([ask]));
    const copy = await session.clone();
    const again = await session.prompt(question);
    expect(session.contextUsage).toBeGreaterThan(before);
    expect(copy.contextUsage).toBe(before);
    expect(await copy.prompt(question)).toBe(again);
    const quota = molmo.info.maxPositions;
    await expect(session.prompt(tooLong)).rejects.toMatchObject({ name: 'QuotaExceededError', quota });
    expect(await session.measureContextUsage(tooLong)).toBeGreaterThan(quota);
    session.destroy();
    await expect(session.prompt('?')).rejects.toMatchObject({ name: 'AbortError' });
    copy.destroy();
  });

  test('reads what is appended at once, answers within a constraint, and goes on with a prefix', async () => {
    const session = await LanguageModel.create({ expectedInputs });
    await session.append([{ role: 'user', content: [{ type: 'image', value: picture }] }]);
    const usage = session.contextUsage;
    expect(usage).toBeGreaterThan(20);
    const { visionCrops } = (await answerOf(molmo, { image: picture, prompt: question })).usage;
    expect(visionCrops).toBe(0);
    expect(await session.prompt(question, { responseConstraint: /(yes|no)/ })).toMatch(/^(yes|no)$/);
    const schema = {
      type: 'object',
      properties: { n: { type: 'integer', maximum: 9, minimum: 0 } },
      required: ['n'],
    };
    const json: unknown = JSON.parse(await session.prompt(question, { responseConstraint: schema }));
    expect(json).toEqual({ n: expect.any(Number) });
    const prefix = answer.slice(0, 12);
    const fresh = await LanguageModel.create({ expectedInputs });
    const rest = await fresh.prompt([ask, { role: 'assistant', content: prefix, prefix: true }]);
    expect(prefix + rest).toBe(answer);
    const stop = new AbortController();
    const asked = fresh.prompt(question, { signal: stop.signal });
    setTimeout(() => stop.abort(), 10);
    await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
    fresh.destroy();
    session.destroy();
  });
});
