// Answers of a server on this machine, which answers as vLLM does: the engine's own events for the same text, what is sent, and what
// becomes of a network that misbehaves.

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createRemote, type RemoteInput, type RemoteOptions } from '../../src/adapters/remote/remote.ts';
import type { Answer, AskEvent, AskOptions, MediaInfo } from '../../src/api.ts';
import { AnswerText } from '../../src/engine/answer/answer-text.ts';
import { Molmo2Error } from '../../src/errors.ts';
import { pictureHeader } from '../../src/media/picture/picture-header.ts';
import { TextStream } from '../../src/text/text-stream.ts';
import { writeJpeg } from '../jpeg-writer.ts';
import { questionLike, type SampleEntry, type WantedQuestion } from '../sample-questions.ts';
import {
  startVllm,
  type VllmAnswer,
  type VllmFault,
  type VllmPart,
  type VllmServer,
} from '../vllm-server.ts';
import { integer, pick, readJson, readTokenizer, seeded } from './text-support.ts';

const samples = new URL('../fixtures/samples/', import.meta.url);
const index = readJson(new URL('index.json', samples)) as SampleEntry[];
const tokenizer = readTokenizer(new URL('../../models/shapes/', import.meta.url));
const file = (name: string) => new URL(name, samples);
const bytesOf = (name: string) => new Uint8Array(readFileSync(file(name)));

let server: VllmServer;
beforeAll(async () => {
  server = await startVllm();
});
afterAll(() => server.close());
beforeEach(() => {
  server.requests.length = 0;
  server.strangerSaw.length = 0;
  server.faults = [];
  server.key = null;
});

/** A text in the pieces that its tokens spell. */
function answerOf(text: string): VllmAnswer {
  const words = new TextStream(tokenizer);
  const pieces = tokenizer.encode(text).map((id) => ({
    text: words.push(id),
    ids: [id],
    logprobs: [{ token: tokenizer.decode([id]), logprob: -0.25, top_logprobs: [{ token: 'other', logprob: -2 }, { token: tokenizer.decode([id]), logprob: -0.25 }] }], // prettier-ignore
  }));
  return { pieces, finish: 'stop', eosId: tokenizer.eosIds[0] ?? 0 };
}

const says = (text: string) => (server.answer = () => answerOf(text));
const remote = (options: Partial<RemoteOptions> = {}) =>
  createRemote({ baseURL: server.url, model: 'molmo2', firstWaitMs: 1, ...options });

async function eventsOf(asking: AsyncIterable<AskEvent>): Promise<AskEvent[]> {
  const events: AskEvent[] = [];
  for await (const event of asking) events.push(event);
  return events;
}

const answered = (events: readonly AskEvent[]): Answer => {
  const last = events.at(-1);
  if (last?.type !== 'done') throw new Error(`the last event is ${JSON.stringify(last)}`);
  return last.answer;
};

const ask = (input: RemoteInput, options?: AskOptions, to = remote()) => eventsOf(to.ask(input, options));

async function failure(asking: Promise<unknown>): Promise<Molmo2Error> {
  const error = await asking.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Molmo2Error)) throw new Error(`expected a Molmo2Error, got ${String(error)}`);
  return error;
}

/** What is sent last. */
function sent() {
  const request = server.requests.at(-1);
  if (!request) throw new Error('nothing was sent');
  return request.body;
}
const partsSent = (message = 0) => sent().messages[message]?.content as readonly VllmPart[];
const wordsSent = (message = 0) => partsSent(message).flatMap(({ text }) => text ?? []);

/** The media of a sample as a question shows them, and what is known of them. */
function shown({ kind, media, frames = [], timestamps = [] }: SampleEntry): {
  input: RemoteInput;
  info: MediaInfo;
} {
  const files = kind === 'video' ? frames : media;
  const headers = files.map((name) => pictureHeader(bytesOf(name), name));
  const sizes = (kind === 'video' ? headers.slice(0, 1) : headers).map(({ width, height }) => ({
    width,
    height,
  }));
  const durationSec = kind === 'video' ? (timestamps.at(-1) ?? 0) : null;
  const info = { kind: kind === 'video' ? 'video' : 'images', sizes, timestamps, durationSec } as const;
  if (kind === 'video') return { input: { video: { frames: frames.map(file), timestamps } }, info };
  return { input: { images: media.map(file) }, info };
}

/** What the engine on this machine tells of a text, token by token. */
function engineEvents(text: string, info: MediaInfo) {
  const events: AskEvent[] = [];
  const answer = new AnswerText({ tokenizer, media: info, timeOffsetSec: 0, stop: [], emit: (event) => events.push(event) }); // prettier-ignore
  for (const id of tokenizer.encode(text)) answer.push(id, null);
  answer.end();
  return { events, found: answer.found };
}

const told = (events: readonly AskEvent[]) =>
  events.filter(({ type }) => ['text', 'point', 'track', 'count'].includes(type));

describe('the same events as the engine', () => {
  const all = index.flatMap((sample) => sample.questions.map((one) => ({ sample, ...one })));
  // One of each kind of answer about each kind of media, the longest first.
  const chosen = new Map<string, (typeof all)[number]>();
  for (const one of all.toSorted((a, b) => b.answer.length - a.answer.length)) {
    const key = `${one.sample.kind}: ${one.answer.slice(0, 8)}`;
    if (!chosen.has(key)) chosen.set(key, one);
  }

  test.each([...chosen.values()])('for $sample.name: $question', async ({ sample, question, answer }) => {
    const { input, info } = shown(sample);
    says(answer);
    const events = await ask({ ...input, prompt: question });
    const engine = engineEvents(answer, info);
    expect(told(events)).toEqual(engine.events);
    expect(events.find(({ type }) => type === 'media')).toEqual({
      type: 'media',
      media: info,
      continues: false,
    });
    expect(answered(events)).toMatchObject({
      text: answer,
      tokenIds: tokenizer.encode(answer),
      finishReason: 'stop',
      points: engine.found.points,
      tracks: engine.found.tracks,
      count: engine.found.count,
      usage: { promptTokens: 100, newTokens: tokenizer.encode(answer).length },
    });
  });

  test('every sample has the points that it should, however the stream is cut', async () => {
    const kinds = ['bytewise', 'crlf', 'comments', 'without-usage', 'without-done', 'in-one'] as const;
    const { sample, question, answer } = questionLike(index, { says: 'points', places: 2 });
    const { input, info } = shown(sample);
    says(answer);
    for (const kind of kinds) {
      server.faults = [{ kind }];
      const { points, text, usage } = answered(await ask({ ...input, prompt: question }));
      expect({ text, points }).toEqual({ text: answer, points: engineEvents(answer, info).found.points });
      expect(usage.promptTokens).toBe(kind === 'without-usage' ? 0 : 100);
    }
  });

  test('log probabilities come with the text, without that of the end', async () => {
    says('Yes.');
    const events = await ask({ prompt: 'Is it?' }, { logprobs: 2 });
    const ids = tokenizer.encode('Yes.');
    const { logprobs = [] } = answered(events);
    expect(logprobs.map(({ id }) => id)).toEqual(ids);
    expect(logprobs[0]).toEqual({
      id: ids[0],
      text: tokenizer.decode(ids.slice(0, 1)),
      logprob: -0.25,
      top: [
        { id: ids[0], text: tokenizer.decode(ids.slice(0, 1)), logprob: -0.25 },
        { id: -1, text: 'other', logprob: -2 },
      ],
    });
    expect(events.flatMap((event) => (event.type === 'text' ? (event.logprobs ?? []) : []))).toEqual(
      logprobs,
    );
  });

  test.each([
    [{ finish: 'length' }, 'length'],
    [{ stopReason: '###' }, 'stop'],
  ] as const)('an answer that ends by %o keeps all its tokens', async (end, finishReason) => {
    server.answer = () => ({ ...answerOf('One two'), ...end });
    const answer = answered(await ask({ prompt: 'Go on.' }));
    expect(answer).toMatchObject({ finishReason, tokenIds: tokenizer.encode('One two') });
  });
});

describe('what is sent', () => {
  const picture = questionLike(index, { kind: 'image' });

  test('every default, so that the answer does not hang on those of the server', async () => {
    server.key = 'secret-key';
    await ask({ prompt: 'Why?', style: 'vqa2' }, {}, remote({ apiKey: 'secret-key' }));
    expect(server.requests[0]?.path).toBe('/v1/chat/completions');
    expect(sent()).toEqual({
      model: 'molmo2',
      messages: [{ role: 'user', content: [{ type: 'text', text: 'vqa2: Why?' }] }],
      stream: true,
      stream_options: { include_usage: true },
      return_token_ids: true,
      max_completion_tokens: 2048,
      temperature: 0,
      top_k: -1,
      top_p: 1,
      min_p: 0,
      seed: 0,
      repetition_penalty: 1,
      frequency_penalty: 0,
      presence_penalty: 0,
    });
  });

  test('every option by its name there', async () => {
    says('Yes');
    const options: AskOptions = {
      maxNewTokens: 7,
      temperature: 0.5,
      topK: 3,
      topP: 0.9,
      minP: 0.1,
      seed: 4,
      repetitionPenalty: 1.1,
      frequencyPenalty: 1,
      presencePenalty: -1,
      logitBias: { 12: -100 },
      stop: ['\n'],
      logprobs: 0,
      expect: { choices: ['Yes', 'No'] },
    };
    await ask({ prompt: 'Is it?' }, options);
    expect(sent()).toMatchObject({
      max_completion_tokens: 7,
      temperature: 0.5,
      top_k: 3,
      top_p: 0.9,
      min_p: 0.1,
      seed: 4,
      repetition_penalty: 1.1,
      frequency_penalty: 1,
      presence_penalty: -1,
      logit_bias: { 12: -100 },
      stop: ['\n'],
      logprobs: true,
      top_logprobs: 0,
      structured_outputs: { choice: ['Yes', 'No'] },
    });
  });

  test.each<[AskOptions['expect'], string, object]>([
    ['yes-no', 'No', { structured_outputs: { choice: ['Yes', 'No', 'yes', 'no'] } }],
    [{ regExp: /^\d+$/ }, '12', { structured_outputs: { regex: '\\d+' } }],
    [{ regExp: /a|b\$/u }, 'b$', { structured_outputs: { regex: 'a|b\\$' } }],
    [{ jsonSchema: { type: 'object' } }, '{}', { response_format: { type: 'json_schema', json_schema: { name: 'answer', strict: true, schema: { type: 'object' } } } }],
  ])('expect %o, and an answer that is something else is an error', async (expected, right, fields) => {
    says(right);
    expect(answered(await ask({ prompt: 'How?' }, { expect: expected as never })).text).toBe(right);
    expect(sent()).toMatchObject(fields);
    says('I think so');
    const error = await failure(ask({ prompt: 'How?' }, { expect: expected as never }));
    expect(error.code).toBe('bad-request');
    expect(error.message).toMatch(/"I think so", which is not what options.expect allows.*Update vLLM/);
  }); // prettier-ignore

  test('a picture as it is, and its size by its header', async () => {
    const [name = ''] = picture.sample.media;
    const bytes = bytesOf(name);
    for (const image of [file(name), bytes, new Blob([bytes]), file(name).pathname]) {
      await ask({ image, prompt: 'What?', maxCrops: 4 });
      const imageUrl = partsSent()[0]?.image_url;
      expect(imageUrl?.url).toBe(`data:image/png;base64,${Buffer.from(bytes).toString('base64')}`);
      expect(sent()['mm_processor_kwargs']).toEqual({ max_crops: 4 });
    }
  });

  test('a picture that its camera turned is turned before it is sent', async () => {
    const jpeg = writeJpeg({ columns: 3, rows: 1, blocks: [[10], [100], [200]], orientation: 6 });
    says('<points coords="1 1 500 250">dot</points>');
    const events = await ask({ image: jpeg, prompt: 'Point.' });
    expect(answered(events).points).toEqual([{ x: 4, y: 6, id: 1, label: 'dot', image: 1 }]);
    const url = partsSent()[0]?.image_url?.url ?? '';
    const png = pictureHeader(Uint8Array.from(Buffer.from(url.split(',')[1] ?? '', 'base64')), 'it');
    expect(png).toMatchObject({ type: 'png', width: 8, height: 24 });
    const stored = writeJpeg({ columns: 3, rows: 1, blocks: [[10], [100], [200]], orientation: 1 });
    await ask({ image: stored, prompt: 'Point.' });
    expect(partsSent()[0]?.image_url?.url).toMatch(/^data:image\/jpeg;/);
  });

  test('frames as one list with the time of each in milliseconds', async () => {
    const { sample } = questionLike(index, { kind: 'video' });
    const { frames = [], timestamps = [] } = sample;
    await ask({ video: { frames: frames.map(file), timestamps }, prompt: 'What?' });
    const url = partsSent()[0]?.video_url?.url ?? '';
    const encoded = frames.map((name) => Buffer.from(bytesOf(name)).toString('base64'));
    expect(url).toBe(`data:video/jpeg;base64,${encoded.join(',')}`);
    const last = timestamps.at(-1) ?? 0;
    expect(sent()['media_io_kwargs']).toEqual({
      video: {
        num_frames: frames.length,
        fps: 1000,
        frames_indices: timestamps.map((sec) => Math.round(sec * 1000)),
        total_num_frames: Math.round(last * 1000) + 1,
        duration: last,
        do_sample_frames: false,
      },
    });
  });

  test('a video as it is, with its size said, and sampled as the released models are', async () => {
    const { sample } = questionLike(index, { kind: 'video', file: '.mp4' });
    const [name = ''] = sample.media;
    const size = { width: 640, height: 320 };
    says('<tracks coords="0.5 1 500 250">dog</tracks>');
    const events = await ask({ video: file(name), size, prompt: 'Track.', maxFrames: 16 });
    expect(answered(events).tracks).toEqual([{ id: 1, label: 'dog', points: [{ timeSec: 0.5, x: 320, y: 80 }] }]);
    expect(partsSent()[0]?.video_url?.url).toBe(`data:video/mp4;base64,${Buffer.from(bytesOf(name)).toString('base64')}`);
    expect(sent()['media_io_kwargs']).toEqual({
      video: { video_backend: 'molmo2', frame_sample_mode: 'uniform_last_frame', num_frames: 16, max_fps: 2 },
    });
    await ask({ video: 'https://example.org/a.mp4', size, prompt: 'Track.' });
    expect(partsSent()[0]?.video_url?.url).toBe('https://example.org/a.mp4');
  }); // prettier-ignore

  test('subtitles and a point to follow in the words of training', async () => {
    const { frames = [], timestamps = [] } = questionLike(index, { kind: 'video' }).sample;
    const video = { frames: frames.map(file), timestamps };
    await ask({ video, prompt: 'What?', subtitles: 'WEBVTT\n\n00:00:00.000 --> 00:00:01.000\nHello\n' });
    expect(sent().messages[0]).toEqual({ role: 'subtitle', content: 'subtitle\n0.0 - 1.0 Hello\n' });
    const { width, height } = pictureHeader(bytesOf(frames[0] ?? ''), 'it');
    await ask({ video, prompt: 'ball', point: { timeSec: 0, x: width / 2, y: height / 4 } });
    expect(wordsSent()).toEqual([
      'video_single_point_track_per_frame: Track <points coords="0.0 1 500 250">ball</points> in 2 FPS.',
    ]);
  });

  test('a chat whole each time, and a failed question as if it had not been', async () => {
    const chat = remote({ attempts: 1 }).chat();
    const [name = ''] = picture.sample.media;
    says('A ball.');
    await eventsOf(chat.ask({ image: file(name), prompt: 'What?' }));
    says('Red.');
    const second = eventsOf(chat.ask({ prompt: 'Which colour?' }));
    const third = eventsOf(chat.ask({ prompt: 'Sure?' }));
    expect((await second).find(({ type }) => type === 'media')).toMatchObject({ continues: true, media: { kind: 'images' } }); // prettier-ignore
    await third;
    expect(sent().messages.map(({ role }) => role)).toEqual([
      'user',
      'assistant',
      'user',
      'assistant',
      'user',
    ]);
    expect(partsSent(0)[0]?.type).toBe('image_url');
    expect(sent().messages[3]?.content).toBe('Red.');
    const before = chat.messages;
    server.faults = [{ kind: 'status', status: 500 }];
    await failure(eventsOf(chat.ask({ prompt: 'And now?' })));
    expect(chat.messages).toBe(before);
    expect(before).toHaveLength(6);
    expect(before[0]).toEqual({
      role: 'user',
      content: [{ type: 'image' }, { type: 'text', text: 'What?' }],
    });
    chat.reset();
    await eventsOf(chat.ask({ prompt: 'Who?' }));
    expect(sent().messages).toHaveLength(1);
  });
});

describe('what is refused before anything is sent', () => {
  const video = new Uint8Array(10);
  const size = { width: 2, height: 2 };
  test.each<[RemoteInput, AskOptions, RegExp]>([
    [{ prompt: '' }, {}, /prompt is empty/],
    [{ prompt: 'Look at <|image|> here' }, {}, /"<\|image\|>".*is no text for a server/],
    [{ video, prompt: 'a' }, {}, /"size": \{ width, height \}/],
    [{ video, size, prompt: 'a', startSec: 1 }, {}, /"startSec" cannot be told to a server/],
    [{ video, size, image: video, prompt: 'a' }, {}, /about pictures or about a video/],
    [{ image: new Uint8Array(20), prompt: 'a' }, {}, /Picture 1 cannot be decoded/],
    [{ prompt: 'a', point: { timeSec: 0, x: 1, y: 1 } }, {}, /belong to a video/],
    [{ messages: [{ role: 'user', content: [{ type: 'image' }] }] }, {}, /more image parts than/],
    [{ prompt: 'a', messages: [] }, {}, /exclude each other/],
    [{ prompt: 'a' }, { trace: {} }, /options.trace is of the engine/],
    [{ prompt: 'a' }, { kv: 'f16' }, /options.kv is of the engine/],
    [{ prompt: 'a' }, { temperature: NaN }, /options.temperature must be 0 or more, got NaN/],
    [{ prompt: 'a' }, { logitBias: { 3: 200 } }, /logitBias\[3\] must be from -100 to 100/],
    [{ prompt: 'a' }, { expect: 'points' }, /"points" is a grammar of the engine on this machine/],
    [{ prompt: 'a' }, { expect: { regExp: /a/i } }, /has the flags "i"/],
  ])('%o with %o', async (input, options, message) => {
    await expect(ask(input, options)).rejects.toThrow(message);
    expect(server.requests).toEqual([]);
  });

  test('a video that is too large, frames of two sizes', async () => {
    const large = ask({ video, size, prompt: 'a' }, {}, remote({ mostVideoBytes: 9 }));
    expect((await failure(large)).code).toBe('media-too-large');
    const [a = '', b = ''] = ['one crop', 'wide'].map((form) => questionLike(index, { form } as WantedQuestion).sample.media[0]);
    await expect(ask({ video: { frames: [file(a), file(b)], timestamps: [0, 1] }, prompt: 'a' })).rejects.toThrow(/frame 2 is .* the first is 168 x 168/);
  }); // prettier-ignore

  test.each<[Partial<RemoteOptions>, RegExp]>([
    [{ baseURL: 'localhost:8000' }, /address of the server must begin with http/],
    [{ baseURL: 'http://me:pw@localhost/v1' }, /holds a name or password/],
    [{ apiKey: 'a b' }, /key of the server is empty or has blanks/],
    [{ model: '' }, /model of the server has no name/],
    [{ silenceMs: 0 }, /options.silenceMs must be a number above 0/],
  ])('%o', (options, message) => {
    expect(() => remote(options)).toThrow(message);
  });
});

describe('a server that misbehaves', () => {
  const text = '<points coords="1 1 500 500 2 100 100">dot</points>';
  const [name = ''] = questionLike(index, { form: 'one crop' }).sample.media;
  const input = { image: file(name), prompt: 'Point.' };
  beforeEach(() => says(text));

  test.each<VllmFault[]>([
    [
      { kind: 'status', status: 429, retryAfter: '0' },
      { kind: 'status', status: 503 },
    ],
    [{ kind: 'refuses' }, { kind: 'reset', after: 0 }],
    [
      { kind: 'end', after: 0 },
      { kind: 'garbage', after: 0 },
    ],
    [
      { kind: 'error', after: 0 },
      { kind: 'half-chunk', after: 0 },
    ],
  ])('is asked again as long as nothing came: %o, %o', async (...faults) => {
    server.faults = faults;
    const events = await ask(input);
    expect(answered(events).text).toBe(text);
    expect(server.requests).toHaveLength(3);
    const waits = events.flatMap((event) => (event.type === 'progress' ? (event.waiting ?? []) : []));
    expect(waits).toHaveLength(2);
    expect(waits[0]).toMatch(/^The server gave no answer \(.*\); asking again at once\.$/);
  });

  test.each(['reset', 'end', 'garbage', 'error', 'abort', 'half-chunk'] as const)(
    'is not asked again once something came: %s',
    async (kind) => {
      server.faults = [{ kind, after: 2 }];
      const events: AskEvent[] = [];
      const asking = (async () => {
        for await (const event of remote().ask(input)) events.push(event);
      })();
      const error = await failure(asking);
      expect(error.code).toBe('network');
      expect(error.message).toMatch(
        /^The server at http:.* gave no answer: .* in the middle of its answer\. Try again/,
      );
      expect(events.filter(({ type }) => type === 'text')).toHaveLength(2);
      expect(server.requests).toHaveLength(1);
    },
  );

  test.each<[VllmFault, string, RegExp]>([
    [{ kind: 'status', status: 401 }, 'network', /answered 401: no\. Check apiKey/],
    [{ kind: 'status', status: 404, message: 'The model `molmo2` does not exist.' }, 'unknown-model', /in place of "molmo2"/],
    [{ kind: 'status', status: 404, message: 'Not Found' }, 'network', /Check baseURL/],
    [{ kind: 'status', status: 400, message: "This model's maximum context length is 4096 tokens." }, 'context-full', /maxNewTokens/],
    [{ kind: 'status', status: 400, message: 'top_k must be -1' }, 'bad-request', /top_k must be -1\. Change/],
    [{ kind: 'status', status: 422, message: 'Failed to fetch media from URL: HTTP 404 error' }, 'media-unreadable', /pass its bytes/],
    [{ kind: 'status', status: 413, message: '' }, 'media-too-large', /URL of the video/],
    [{ kind: 'status', status: 429, retryAfter: '3600' }, 'network', /asks to wait 3600 s/],
    [{ kind: 'error', after: 0, status: 400 }, 'bad-request', /answered 400: EngineCore/],
    [{ kind: 'redirect' }, 'network', /it redirects to http:.*Nothing was sent there/],
    [{ kind: 'web-page' }, 'network', /no stream of events.*Check baseURL/],
    [{ kind: 'no-stream' }, 'network', /no stream of events.*Check baseURL/],
  ])('%o is one error: %s', async (fault, code, message) => {
    server.faults = [fault];
    const error = await failure(ask(input, {}, remote({ apiKey: 'secret-key' })));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(server.requests).toHaveLength(1);
    expect(server.strangerSaw).toEqual([]);
  }); // prettier-ignore

  test('is given up after so many requests, and its words show no key', async () => {
    server.key = 'another';
    const wrong = await failure(ask(input, {}, remote({ apiKey: 'secret-key' })));
    expect(wrong.message).toMatch(/Unauthorized: Bearer \(the key\)/);
    server.key = null;
    server.faults = Array.from({ length: 9 }, () => ({
      kind: 'status',
      status: 500,
      message: 'of secret-key',
    }));
    const error = await failure(ask(input, {}, remote({ apiKey: 'secret-key', attempts: 3 })));
    expect(error.message).toMatch(/answered 500: of \(the key\) \(attempt 3\)/);
    expect(`${error.message}${error.stack}`).not.toContain('secret-key');
    expect(server.requests).toHaveLength(4);
    const gone = await failure(ask(input, {}, remote({ baseURL: 'http://127.0.0.1:1/v1', attempts: 2 })));
    expect(gone.message).toMatch(
      /(ECONNREFUSED|bad port).*\(attempt 2\)\. Check baseURL and that the server runs/,
    );
  });

  test.each([
    [0, /said nothing for 0.1 s\. Raise the option firstTokenMs/],
    [2, /said nothing for 0.1 s in the middle of its answer\. Raise the option silenceMs/],
  ])('that falls silent after %i pieces is given up', async (after, message) => {
    server.faults = [{ kind: 'silence', after }];
    const limits = after === 0 ? { firstTokenMs: 100 } : { silenceMs: 100 };
    expect((await failure(ask(input, {}, remote(limits)))).message).toMatch(message);
    expect(server.requests).toHaveLength(1);
  });

  test.each(['reset', 'silence', 'garbage'] as const)(
    'that breaks off behind a whole answer has answered: %s',
    async (kind) => {
      server.faults = [{ kind, after: answerOf(text).pieces.length + 1 }];
      expect(answered(await ask(input, {}, remote({ silenceMs: 100 }))).points).toHaveLength(2);
      expect(server.requests).toHaveLength(1);
    },
  );

  test('is not taken for silent while its asker is busy', async () => {
    const events: AskEvent[] = [];
    for await (const event of remote({ silenceMs: 200 }).ask(input)) {
      if (event.type === 'text' && !events.some(({ type }) => type === 'text'))
        await new Promise((resolve) => setTimeout(resolve, 400));
      events.push(event);
    }
    expect(answered(events).text).toBe(text);
  });

  test('an abort ends a question at once with its own reason, wherever it is', async () => {
    for (const after of [0, 2]) {
      server.faults = [{ kind: 'silence', after }];
      const controller = new AbortController();
      const seen = after === 0 ? 'prefill' : 'text';
      const asking = (async () => {
        for await (const event of remote().ask(input, { signal: controller.signal }))
          if (event.type === seen || ('stage' in event && event.stage === seen))
            setTimeout(() => controller.abort(new Error('enough')), 20);
      })();
      await expect(asking).rejects.toThrow('enough');
    }
    server.faults = [{ kind: 'status', status: 503, retryAfter: '20' }];
    const waiting = ask(input, { signal: AbortSignal.timeout(50) });
    await expect(waiting).rejects.toThrow(/timeout/i);
    await expect(ask(input, { signal: AbortSignal.abort(new Error('before')) })).rejects.toThrow('before');
    const left = remote().ask(input);
    for await (const event of left) if (event.type === 'text') break;
    await expect.poll(() => server.open.now).toBe(0);
  });

  const seeds = Array.from({ length: 40 }, (_, seed) => seed);
  test.each(seeds)('seed %i: the right answer, or one clear error', async (seed) => {
    const random = seeded(seed + 1);
    const anyFault = (): VllmFault => {
      const after = integer(random, 8);
      return pick<VllmFault>(random, [
        { kind: 'status', status: pick(random, [408, 429, 500, 502, 503]), retryAfter: pick(random, ['0', 'soon', '99']) },
        { kind: 'status', status: pick(random, [400, 401, 404, 413, 501]) },
        ...(['redirect', 'web-page', 'no-stream', 'refuses'] as const).map((kind) => ({ kind })),
        ...(['reset', 'end', 'silence', 'garbage', 'error', 'abort', 'half-chunk'] as const).map((kind) => ({ kind, after })),
        ...(['bytewise', 'crlf', 'comments', 'without-usage', 'without-done', 'in-one'] as const).map((kind) => ({ kind })),
      ]);
    }; // prettier-ignore
    server.faults = Array.from({ length: 1 + integer(random, 5) }, anyFault);
    const events: AskEvent[] = [];
    let error: unknown = null;
    try {
      for await (const event of remote({ apiKey: 'secret-key', firstTokenMs: 300, silenceMs: 300 }).ask(input)) events.push(event); // prettier-ignore
    } catch (reason) {
      error = reason;
    }
    const whole = engineEvents(text, shownAs(input.image)).events;
    const words = (list: readonly AskEvent[]) =>
      list.flatMap((event) => (event.type === 'text' ? event.text : [])).join('');
    const found = (list: readonly AskEvent[]) => list.filter(({ type }) => type === 'point');
    if (error === null) {
      expect(words(events)).toBe(text);
      expect(found(events)).toEqual(found(whole));
      expect(answered(events).points).toHaveLength(2);
    } else {
      expect(error).toBeInstanceOf(Molmo2Error);
      const { message } = error as Molmo2Error;
      expect(message).toMatch(/^The server at http:\S+ gave no answer: .+\. [A-Z].+\.$/);
      expect(message).not.toContain('secret-key');
      expect(text.startsWith(words(events))).toBe(true);
      expect(found(whole).slice(0, found(events).length)).toEqual(found(events));
    }
    expect(server.requests.length).toBeLessThanOrEqual(4);
    expect(server.strangerSaw).toEqual([]);
    await expect.poll(() => server.open.now).toBe(0);
  });

  function shownAs(image: URL): MediaInfo {
    const { width, height } = pictureHeader(new Uint8Array(readFileSync(image)), 'it');
    return { kind: 'images', sizes: [{ width, height }], timestamps: [], durationSec: null };
  }
});
