import type OpenAI from 'openai';
import { describe, expect, test } from 'vitest';
import {
  APIError,
  createOpenAI,
  type ChatCompletion,
  type ChatCompletionChunk,
  type ChatCompletionCreateParams,
} from '../../src/adapters/openai/openai.ts';
import { Molmo2Error, type Molmo2ErrorCode } from '../../src/errors.ts';
import { fakeMolmo, type FakeOptions } from './fake-molmo.ts';

const user = (content: unknown) => [{ role: 'user', content }] as ChatCompletionCreateParams['messages'];
const hello = user('Hi');
const png = 'data:image/png;base64,iVBORw0=';

async function asked(body: object) {
  const fake = fakeMolmo();
  await createOpenAI(fake.molmo).chat.completions.create({ messages: hello, ...body });
  return fake.asked[0]!;
}

async function errorOf(body: object, options: FakeOptions = {}): Promise<APIError> {
  const { chat } = createOpenAI(fakeMolmo(options).molmo);
  const error: unknown = await chat.completions.create({ messages: hello, ...body }).then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(APIError);
  return error as APIError;
}

test('what is asked and answered has the types of the package `openai`', () => {
  const params = {} as OpenAI.ChatCompletionCreateParamsNonStreaming;
  const taken: ChatCompletionCreateParams = params;
  const completion: OpenAI.ChatCompletion = {} as ChatCompletion;
  const chunk: OpenAI.ChatCompletionChunk = {} as ChatCompletionChunk;
  const create = createOpenAI(fakeMolmo().molmo).chat.completions.create satisfies (
    body: OpenAI.ChatCompletionCreateParamsStreaming,
  ) => Promise<AsyncIterable<OpenAI.ChatCompletionChunk> & { controller: AbortController }>;
  expect([taken, completion, chunk, typeof create]).toEqual([{}, {}, {}, 'function']);
});

describe('a request', () => {
  test('becomes the same question, with its options under our names', async () => {
    const { input, options } = await asked({
      max_completion_tokens: 5,
      max_tokens: 9,
      temperature: 0.5,
      top_p: 0.9,
      top_k: 4,
      min_p: 0.1,
      seed: 3,
      stop: ['a'],
      frequency_penalty: 1,
      presence_penalty: -1,
      repetition_penalty: 1.2,
      logit_bias: { '7': -100 },
      logprobs: true,
      top_logprobs: 2,
      n: 1,
      user: 'me',
      tools: [],
      molmo: { maxFrames: 4, expect: 'points', style: 'pointing' },
    });
    expect(input).toEqual({
      messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi', style: 'pointing' }] }],
      maxFrames: 4,
    });
    const { signal, ...rest } = options;
    expect(signal).toBeInstanceOf(AbortSignal);
    expect(rest).toEqual({
      maxNewTokens: 5,
      temperature: 0.5,
      topP: 0.9,
      topK: 4,
      minP: 0.1,
      seed: 3,
      stop: ['a'],
      frequencyPenalty: 1,
      presencePenalty: -1,
      repetitionPenalty: 1.2,
      logitBias: { '7': -100 },
      logprobs: 2,
      expect: 'points',
    });
  });

  test('says nothing that it was not told, and draws anew where it draws', async () => {
    const nothing = await asked({ temperature: null, stop: null, max_tokens: null, logprobs: false });
    expect(Object.keys(nothing.options)).toEqual(['signal']);
    expect((await asked({ temperature: 1 })).options.seed).toBeGreaterThanOrEqual(0);
  });

  test('has roles in turns, the system before the user, and media in order', async () => {
    const { input } = await asked({
      messages: [
        { role: 'developer', content: 'Be brief.' },
        { role: 'user', content: [{ type: 'image_url', image_url: { url: png, detail: 'low' } }] },
        { role: 'user', content: 'What is it?' },
        { role: 'assistant', content: null },
        { role: 'user', content: [{ type: 'text', text: 'And this?' }, { type: 'image_url', image_url: { url: 'https://a.test/b.png', detail: 'low' } }] },
      ],
    }); // prettier-ignore
    const text = (words: string) => ({ type: 'text', text: words });
    expect(input.messages).toEqual([
      { role: 'user', content: [text('Be brief.'), { type: 'image' }, text('What is it?')] },
      { role: 'assistant', content: [] },
      { role: 'user', content: [text('And this?'), { type: 'image' }] },
    ]);
    expect(input.images).toEqual([
      Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d),
      new URL('https://a.test/b.png'),
    ]);
    expect(input.maxCrops).toBe(1);
  });

  test('may show a video, and wants JSON of a schema or of any', async () => {
    const part = { type: 'video_url', video_url: { url: 'data:video/mp4,%00a' } };
    expect((await asked({ messages: user([part]) })).input.video).toEqual(Uint8Array.of(0, 97));
    const schema = { type: 'integer' };
    const format = { type: 'json_schema', json_schema: { name: 'n', schema } };
    expect((await asked({ response_format: format })).options.expect).toEqual({ jsonSchema: schema });
    const { expect: any } = (await asked({ response_format: { type: 'json_object' } })).options;
    const { regExp } = any as { regExp: RegExp };
    const whole = new RegExp(`^(?:${regExp.source})$`, regExp.flags);
    for (const text of ['{}', '{"a": [1, {"b": null}], "\\u00e9": -1.5e+3}', '{"a":{"b":{"c":""}}}'])
      expect(whole.test(text)).toBe(true);
    for (const text of ['[]', '{"a":}', '{"a":01}', '{a:1}', '{"a":1,}', '{"a":"\n"}']) expect(whole.test(text)).toBe(false); // prettier-ignore
  });
});

describe('a request that cannot be answered', () => {
  test.each([
    ['two answers', { n: 2 }, 'n', /must be 1/],
    ['tools', { tools: [{ type: 'function' }] }, 'tools', /not supported/],
    ['no messages', { messages: [] }, 'messages', /at least one/],
    ['a message that is none', { messages: ['Hi'] }, 'messages[0]', /\{ role, content \}/],
    ['a tool', { messages: [{ role: 'tool', content: 'x' }] }, 'messages[0].role', /calls no tools/],
    ['no content', { messages: user(null) }, 'messages[0].content', /string or a list/],
    ['sound', { messages: user([{ type: 'input_audio' }]) }, 'messages[0].content[0]', /input_audio/],
    ['an answered conversation', { messages: [...hello, { role: 'assistant', content: 'x' }] }, 'messages', /nothing to answer/],
    ['a file of this machine', { messages: user([{ type: 'image_url', image_url: { url: 'file:///etc/passwd' } }]) }, 'messages[0].content[0].image_url.url', /https? or blob/],
    ['a path', { messages: user([{ type: 'image_url', image_url: { url: '/etc/passwd' } }]) }, 'messages[0].content[0].image_url.url', /https? or blob/],
    ['damaged base64', { messages: user([{ type: 'image_url', image_url: { url: 'data:image/png;base64,@' } }]) }, 'messages[0].content[0].image_url.url', /no base64/],
    ['top_logprobs alone', { top_logprobs: 2 }, 'top_logprobs', /needs "logprobs"/],
    ['a format that is none', { response_format: { type: 'xml' } }, 'response_format', /json_schema/],
    ['an option that is none', { molmo: { frames: 3 } }, 'molmo.frames', /maxFrames/],
  ])('names what is wrong: %s', async (_, body, param, message) => {
    const error = await errorOf(body);
    expect(error).toMatchObject({ status: 400, type: 'invalid_request_error', param });
    expect(error.message).toMatch(message);
  }); // prettier-ignore

  test.each([
    ['bad-request', 400, 'invalid_request_error', 'bad-request'],
    ['media-unreadable', 400, 'invalid_request_error', 'media-unreadable'],
    ['context-full', 400, 'invalid_request_error', 'context_length_exceeded'],
    ['out-of-memory', 500, 'server_error', 'out-of-memory'],
    ['device-lost', 500, 'server_error', 'device-lost'],
  ] as const)('has the status of its fault: %s', async (code: Molmo2ErrorCode, status, type, told) => {
    const value = new Molmo2Error(code, 'What happened.');
    expect(await errorOf({}, { error: { value, when: 'first' } })).toMatchObject({ status, type, code: told, cause: value }); // prettier-ignore
    expect(await errorOf({ stream: true }, { error: { value, when: 'first' } })).toMatchObject({ status });
  });

  test('is told from another model by its name', async () => {
    expect(await errorOf({ model: 'gpt' })).toMatchObject({ status: 404, code: 'model_not_found' });
    const named = createOpenAI(fakeMolmo().molmo, { model: 'mine' });
    expect((await named.chat.completions.create({ model: 'mine', messages: hello })).model).toBe('mine');
  });

  test('throws the reason of a signal as it is', async () => {
    const reason = new Error('enough');
    const { chat } = createOpenAI(fakeMolmo({ pieces: ['a', 1000] }).molmo);
    const late = new AbortController();
    const slow = chat.completions.create({ messages: hello }, { signal: late.signal });
    setTimeout(() => late.abort(reason), 5);
    await expect(slow).rejects.toBe(reason);
    await expect(chat.completions.create({ messages: hello }, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason); // prettier-ignore
  });
});

test('log probabilities have bytes where a token is whole, and no infinity', async () => {
  const { chat } = createOpenAI(fakeMolmo().molmo);
  const { choices } = await chat.completions.create({ messages: hello, logprobs: true, top_logprobs: 1 });
  const top = [{ token: '\uFFFD', logprob: -9999, bytes: null }];
  expect(choices[0]?.logprobs?.content).toEqual([{ token: 'é', logprob: -0.5, bytes: [0xc3, 0xa9], top_logprobs: top }]); // prettier-ignore
});

describe('a stream', () => {
  test('begins with a role, ends with the reason, the places and maybe the usage', async () => {
    const points = [{ x: 1, y: 2, id: 1, label: 'dog', image: 1 }];
    const { molmo } = fakeMolmo({ points, finishReason: 'length' });
    const options = { include_usage: true };
    const body = { messages: hello, stream: true, stream_options: options } as const;
    const chunks: ChatCompletionChunk[] = [];
    for await (const chunk of await createOpenAI(molmo).chat.completions.create(body)) chunks.push(chunk);
    expect(chunks.map(({ choices }) => choices[0]?.delta)).toEqual([
      { role: 'assistant', content: '' },
      { content: 'Hello' },
      { content: ' you' },
      { molmo: { points, tracks: [], count: 1 } },
      undefined,
    ]);
    expect(chunks.map(({ choices }) => choices[0]?.finish_reason)).toEqual([null, null, null, 'length', undefined]); // prettier-ignore
    expect(chunks.map(({ usage }) => usage?.total_tokens)).toEqual([undefined, undefined, undefined, undefined, 3]); // prettier-ignore
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
  });

  test('that is left ends the work', async () => {
    const fake = fakeMolmo({ pieces: ['a', 'b', 1000] });
    const stream = await createOpenAI(fake.molmo).chat.completions.create({ messages: hello, stream: true });
    for await (const { choices } of stream) if (choices[0]?.delta.content === 'a') break;
    expect(fake.ended()).toBe(1);
    const another = await createOpenAI(fake.molmo).chat.completions.create({ messages: hello, stream: true });
    for await (const _ of another) break;
    expect([another.controller.signal.aborted, fake.asked[1]?.options.signal?.aborted]).toEqual([true, true]);
  });
});

describe('fetch', () => {
  const post = (body: unknown, signal?: AbortSignal) =>
    [
      'http://localhost/v1/chat/completions',
      { method: 'POST', body: JSON.stringify(body), ...(signal && { signal }) },
    ] as const;

  test('answers, streams events, lists the model, and refuses the rest', async () => {
    const { fetch: ask } = createOpenAI(fakeMolmo().molmo);
    const whole = (await (await ask(...post({ messages: hello }))).json()) as ChatCompletion;
    expect(whole.choices[0]?.message.content).toBe('Hello you');
    const streamed = await ask(...post({ messages: hello, stream: true }));
    expect(streamed.headers.get('content-type')).toMatch(/^text\/event-stream/);
    expect(await streamed.text()).toMatch(/^data: \{"id".*\n\ndata: .*"Hello".*\n\n[^]*data: \[DONE\]\n\n$/);
    expect(await (await ask('/v1/models')).json()).toMatchObject({ object: 'list', data: [{ id: 'fake' }] });
    for (const [path, code] of [['/v1/models/x', 'model_not_found'], ['/v1/files', 'unknown_url']] as const) {
      const refused = await ask(path);
      expect([refused.status, ((await refused.json()) as { error: { code: string } }).error.code]).toEqual([404, code]);
    } // prettier-ignore
    const broken = await ask('/v1/chat/completions', { method: 'POST', body: '{' });
    expect(broken.status).toBe(400);
    expect(await broken.json()).toMatchObject({ error: { type: 'invalid_request_error', param: null } });
  });

  test('says in the stream what fails behind its beginning, and asks no client to try again', async () => {
    const value = new Molmo2Error('device-lost', 'Gone.');
    const late = createOpenAI(fakeMolmo({ error: { value, when: 'last' } }).molmo);
    const text = await (await late.fetch(...post({ messages: hello, stream: true }))).text();
    expect(text).toMatch(/data: \{"error":\{"message":"Gone\."[^\n]*\}\n\n$/);
    const early = createOpenAI(fakeMolmo({ error: { value, when: 'first' } }).molmo);
    const failed = await early.fetch(...post({ messages: hello, stream: true }));
    expect([failed.status, failed.headers.get('x-should-retry')]).toEqual([500, 'false']);
  });

  test('ends as a request does when it is aborted or its body is left', async () => {
    const fake = fakeMolmo({ pieces: ['a', 1000] });
    const { fetch: ask } = createOpenAI(fake.molmo);
    const stop = new AbortController();
    const body = (await ask(...post({ messages: hello, stream: true }, stop.signal))).text();
    setTimeout(() => stop.abort(), 5);
    await expect(body).rejects.toMatchObject({ name: 'AbortError' });
    const left = await ask(...post({ messages: hello, stream: true }));
    const reader = left.body!.getReader();
    await reader.read();
    await reader.cancel();
    await expect(ask(...post({ messages: hello }, AbortSignal.abort()))).rejects.toMatchObject({ name: 'AbortError' }); // prettier-ignore
    expect(fake.asked.map(({ options }) => options.signal?.aborted)).toEqual([true, true]);
  });
});
