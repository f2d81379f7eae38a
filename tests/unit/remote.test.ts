// Answers of a server on this machine, which answers as vLLM does: the engine's own events for the same text, and what is sent.

import { describe, expect, test } from 'vitest';
import type { AskEvent, AskOptions } from '../../src/api.ts';
import { pictureHeader } from '../../src/media/picture/picture-header.ts';
import { writeJpeg } from '../jpeg-writer.ts';
import { questionLike } from '../sample-questions.ts';
import type { VllmPart } from '../vllm-server.ts';
import { answered, answerOf, ask, bytesOf, engineEvents, eventsOf, failure, file, index, remote, says, server, shown, tokenizer, useServer } from './remote-support.ts'; // prettier-ignore

useServer();

/** What is sent last. */
function sent() {
  const request = server.requests.at(-1);
  if (!request) throw new Error('nothing was sent');
  return request.body;
}
const partsSent = (message = 0) => sent().messages[message]?.content as readonly VllmPart[];
const wordsSent = (message = 0) => partsSent(message).flatMap(({ text }) => text ?? []);

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
