// Does a kept cache give what a full prefill of the same ids gives? And does a chat keep, continue and let go as it says?

import { afterAll, expect, test } from 'vitest';
import { openFiles } from '#weights/source/open-files';
import { Molmo2, type Answer, type AskEvent, type AskInput, type SavedChat } from '../../src/index.ts';
import { LanguageModel } from '../../src/engine/gpu/language-model.ts';
import { GpuRunner } from '../../src/gpu/runner.ts';
import { Tokenizer } from '../../src/text/tokenizer.ts';
import { openCheckpoint } from '../../src/weights/checkpoint/checkpoint.ts';
import { exactCheckpoint } from '../../src/weights/open/exact-checkpoint.ts';
import { modelSource } from '../../src/weights/source/model-source.ts';
import { loadWeights } from '../../src/weights/load.ts';
import { relativeError } from '../compare.ts';
import { fixtureBytes, fixtureUrl } from '../fixture-files.ts';
import { forcedFamily, forcedKernels } from '../forced-family.ts';
import { integers } from '../kernels/random.ts';
import { answerOf, exactMedia, samples } from './samples.ts';
import { questionLike, sampleLike } from '../sample-questions.ts';

// Without kept features every question runs the vision encoder, so that it can be cancelled there.
const molmo = await Molmo2.load({ ...forcedKernels, featureCacheBytes: 0 });
afterAll(() => molmo.dispose());

test.each(['qwen3', 'olmo'] as const)(
  'later turns of %s agree with a full prefill of the same ids',
  async (name) => {
    const runner = await GpuRunner.open(forcedFamily);
    const base = fixtureUrl(`golden/checkpoint-${name}/`).href;
    const checkpoint = await openCheckpoint(openFiles({ kind: 'folder-url', label: name, base }));
    const { weights } = await loadWeights(runner.device, exactCheckpoint(checkpoint));
    const model = new LanguageModel(runner, checkpoint.config.text, weights);
    const ids = integers(7, 90, checkpoint.config.text.vocabSize);
    // Image tokens in the first turn only: they see each other in both directions, and later text sees them all.
    const isImage = Uint8Array.from(ids, (_, i) => (i >= 4 && i < 40 ? 1 : 0));

    const whole = model.createCache(ids.length, 'f32');
    const expected = await model.prefill(whole, { ids, isImage, wanted: [59, 89] });

    const kept = model.createCache(ids.length, 'f32');
    const turn = (from: number, to: number) => ({
      ids: ids.slice(from, to),
      isImage: isImage.slice(from, to),
    });
    await model.prefill(kept, { ...turn(0, 50), wanted: [49] });
    const loop = await model.createLoop(kept);
    for (let i = 50; i < 60; i++) loop.feed(ids[i] ?? 0);
    const decoded = await loop.logits();
    const continued = await model.prefill(kept, { ...turn(60, 90), wanted: [29] });

    const V = checkpoint.config.text.vocabSize;
    expect(relativeError(decoded, expected.subarray(0, V))).toBeLessThan(1e-5);
    expect(relativeError(continued, expected.subarray(V))).toBeLessThan(1e-5);
    loop.destroy();
    for (const cache of [whole, kept]) cache.destroy();
    weights.destroy();
    runner.destroy();
  },
);

async function lastAnswer(events: AsyncIterable<AskEvent>): Promise<Answer> {
  for await (const event of events) if (event.type === 'done') return event.answer;
  throw new Error('no answer');
}

test('a later question about the same picture feeds only its own words', async () => {
  const sample = (await samples())[0]!;
  const chat = molmo.chat();
  const media = exactMedia(sample);
  const ask = async (prompt: string, input = {}) => {
    for await (const event of chat.ask({ prompt, ...input })) if (event.type === 'done') return event.answer;
    throw new Error('no answer');
  };
  const first = await ask(sample.questions[0]!.question, media);
  const second = await ask('Caption this image.');
  const same = await ask('Where are the orange crosses?', media);
  expect(first.usage.visionTokens).toBeGreaterThan(0);
  expect(second.usage.visionTokens).toBe(0);
  expect(second.usage.promptTokens).toBeLessThan(40);
  expect(same.usage.visionTokens).toBe(0);
  const fresh = await ask('Caption this image.', exactMedia((await samples())[1]!));
  expect(fresh.usage.visionTokens).toBeGreaterThan(0);
  chat.dispose();
});

test('questions asked before an earlier one is answered continue it in turn', async () => {
  const sample = (await samples())[0]!;
  const question = sample.questions[0]!;
  const inTurn = molmo.chat();
  const media = exactMedia(sample);
  await lastAnswer(inTurn.ask({ ...media, prompt: question.question }));
  const expected = await lastAnswer(inTurn.ask({ prompt: 'Caption this image.' }));
  const atOnce = molmo.chat();
  const [first, second] = await Promise.all([
    lastAnswer(atOnce.ask({ ...media, prompt: question.question })),
    lastAnswer(atOnce.ask({ prompt: 'Caption this image.' })),
  ]);
  expect(first.text).toBe(question.answer);
  expect(second.tokenIds).toEqual(expected.tokenIds);
  expect(second.usage.promptTokens).toBe(expected.usage.promptTokens);
  inTurn.dispose();
  atOnce.dispose();
});

test('a question that continues one without an answer is refused, not asked without its picture', async () => {
  const media = exactMedia((await samples())[0]!);
  const chat = molmo.chat();
  const controller = new AbortController();
  const first = lastAnswer(chat.ask({ ...media, prompt: 'Caption this image.' }, controller));
  const second = lastAnswer(chat.ask({ prompt: 'Where are the orange crosses?' }));
  controller.abort(new Error('not wanted'));
  await expect(first).rejects.toThrow('not wanted');
  await expect(second).rejects.toMatchObject({
    code: 'bad-request',
    message: expect.stringMatching(/got no answer.*Ask again with the pictures/),
  });
  const again = await lastAnswer(chat.ask({ ...media, prompt: 'Caption this image.' }));
  expect(again.usage.visionTokens).toBeGreaterThan(0);
  chat.dispose();
  await expect(lastAnswer(chat.ask({ prompt: 'Hi' }))).rejects.toThrow(/This chat was disposed/);
});

test('a later question after a cut answer feeds the token that the cache lacks and closes the turn', async () => {
  const sample = (await samples())[0]!;
  const media = exactMedia(sample);
  const chat = molmo.chat();
  const prompt = sample.questions[0]!.question;
  const cut = await lastAnswer(chat.ask({ ...media, prompt }, { maxNewTokens: 3 }));
  expect(cut.finishReason).toBe('length');
  const after = await lastAnswer(chat.ask({ prompt: 'Hi' }));
  const whole = molmo.chat();
  await lastAnswer(whole.ask({ ...media, prompt }));
  const afterWhole = await lastAnswer(whole.ask({ prompt: 'Hi' }));
  // The last token of the cut answer, then the same end of sequence and turn.
  expect(after.usage.promptTokens).toBe(afterWhole.usage.promptTokens + 1);
  chat.dispose();
  whole.dispose();
});

test('a later question may follow a point that it does not name, at the rate of the video', async () => {
  const sample = (await samples()).find(({ kind }) => kind === 'video')!;
  const chat = molmo.chat();
  await lastAnswer(
    chat.ask({ ...exactMedia(sample), maxFps: 1, prompt: 'Describe this video.' }, { maxNewTokens: 1 }),
  );
  const point = { timeSec: 0, x: 1, y: 1 };
  const traced = chat.ask({ prompt: '', point }, { maxNewTokens: 1, trace: {} });
  let ids: readonly number[] = [];
  for await (const event of traced)
    if (event.type === 'trace') ids = Array.from(event.trace['input_ids']?.data ?? []);
  const files = openFiles(modelSource('shapes', null));
  const { tokenizerJson, tokenizerConfig } = await openCheckpoint(files);
  const text = new Tokenizer(tokenizerJson, tokenizerConfig).decode(ids);
  expect(text).toContain('>object</points> in 1 FPS.');
  chat.dispose();
});

test('no event comes after the signal was aborted', async () => {
  const controller = new AbortController();
  const after: string[] = [];
  const run = async () => {
    for await (const event of molmo.ask(
      { ...exactMedia((await samples())[0]!), prompt: 'Caption this image.' },
      controller,
    )) {
      if (controller.signal.aborted) after.push(event.type);
      if (event.type === 'text') controller.abort();
    }
  };
  await expect(run()).rejects.toThrow(/abort/);
  expect(after).toEqual([]);
});

test('the time of decoding pictures counts as media, also where the frames of a video come one by one', async () => {
  const sample = (await samples()).find(({ kind }) => kind === 'video')!;
  const { timings } = await answerOf(molmo, { ...exactMedia(sample), prompt: 'Describe this video.' });
  const { mediaMs, visionMs, prefillMs, decodeMs, totalMs } = timings;
  for (const ms of [mediaMs, visionMs, prefillMs, decodeMs]) expect(ms).toBeGreaterThan(0);
  expect(mediaMs + visionMs + prefillMs + decodeMs).toBeLessThanOrEqual(totalMs);
});

const stages = ['media', 'vision', 'prefill', 'decode'] as const;

test.each(stages)(
  'a question that is cancelled during %s throws the reason at once, and the next one is right',
  async (stage) => {
    const sample = (await samples()).find(({ kind }) => kind === 'video')!;
    const question = sample.questions[0]!;
    const input = { ...exactMedia(sample), prompt: question.question };
    const controller = new AbortController();
    const reason = new Error(`stopped during ${stage}`);
    let abortedAtMs = 0;
    const run = async () => {
      for await (const event of molmo.ask(input, { signal: controller.signal }))
        if (event.type === 'progress' && event.stage === stage && !controller.signal.aborted) {
          abortedAtMs = performance.now();
          controller.abort(reason);
        }
    };
    await expect(run()).rejects.toBe(reason);
    expect(performance.now() - abortedAtMs).toBeLessThan(1500);
    expect((await answerOf(molmo, input)).text).toBe(question.answer);
  },
);

test('leaving the loop early stops the work', async () => {
  const sample = (await samples()).find(({ kind }) => kind === 'video')!;
  const seen: AskEvent['type'][] = [];
  for await (const event of molmo.ask({ ...exactMedia(sample), prompt: 'Describe this video.' })) {
    seen.push(event.type);
    if (event.type === 'progress' && event.stage === 'vision') break;
  }
  expect(seen).not.toContain('done');
  const question = sample.questions[0]!;
  expect((await answerOf(molmo, { ...exactMedia(sample), prompt: question.question })).text).toBe(
    question.answer,
  );
});

test('sampling repeats itself for a seed, and top-k 1 is greedy', async () => {
  const { sample, question, answer } = questionLike(await samples(), { form: 'one crop', says: 'points' });
  const input = { ...exactMedia(sample), prompt: question };
  const options = { temperature: 1.5, seed: 3, maxNewTokens: 24 };
  const [a, b] = [await answerOf(molmo, input, options), await answerOf(molmo, input, options)];
  expect(a.tokenIds).toEqual(b.tokenIds);
  const others = await Promise.all([4, 5, 6].map((seed) => answerOf(molmo, input, { ...options, seed })));
  expect(others.some((other) => other.text !== a.text)).toBe(true);
  const greedy = await answerOf(molmo, input, { temperature: 1.5, topK: 1 });
  expect(greedy.text).toBe(answer);
});

test('an answer that reaches the limit says so and keeps the whole points it has', async () => {
  const { sample, question } = questionLike(await samples(), { form: 'one crop', says: 'points' });
  const input = { ...exactMedia(sample), prompt: question };
  const whole = await answerOf(molmo, input);
  const cut = await answerOf(molmo, input, { maxNewTokens: whole.tokenIds.length - 1 });
  expect(cut.finishReason).toBe('length');
  expect(cut.tokenIds).toEqual(whole.tokenIds.slice(0, -1));
  expect(cut.points.map(({ x, y }) => [x, y])).toEqual(whole.points.map(({ x, y }) => [x, y]));
});

test.each<[string, AskInput, string, RegExp]>([
  ['an empty prompt', { prompt: '  ' }, 'bad-request', /prompt is empty/],
  ['a prompt beyond the context', { prompt: 'x '.repeat(9000) }, 'context-full', /at most 8192/],
  [
    'subtitles without a video',
    { prompt: 'x', subtitles: '1\n00:00:00,000 --> 00:00:01,000\nhello' },
    'bad-request',
    /belong to a video/,
  ],
  [
    'a point without a video',
    { prompt: 'x', point: { timeSec: 0, x: 1, y: 1 } },
    'bad-request',
    /Add a video/,
  ],
  ['a system message', { messages: [{ role: 'system', content: 'x' }] }, 'bad-request', /role/i],
])('%s is refused, and the next question is answered', async (_, input, code, message) => {
  await expect(answerOf(molmo, input)).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message),
  });
  const next = await answerOf(molmo, { prompt: 'Hi' }, { maxNewTokens: 2 });
  expect(next.tokenIds.length).toBeGreaterThan(0);
});

test.each([
  [{ prompt: 'x' }, { maxNewTokens: 0 }, /maxNewTokens/],
  [{ prompt: 'x' }, { temperature: -1 }, /temperature/],
  [{ prompt: 'x' }, { topP: 0 }, /topP/],
  [{ prompt: 'x' }, { trace: { forceIds: [7, 640] } }, /forceIds.*0 to 639; got 640/],
  [{ prompt: 'x' }, { trace: { positions: [3, 2] } }, /positions must be ascending/],
  [{ prompt: 'x', maxCrops: 25 }, {}, /maxCrops/],
  [{ prompt: 'x', maxFrames: 1 }, {}, /maxFrames/],
] as const)('%o with %o is a RangeError that names the option', async (input, options, message) => {
  const asked = answerOf(molmo, input, options);
  await expect(asked).rejects.toBeInstanceOf(RangeError);
  await expect(asked).rejects.toThrow(message);
});

// Every message of the worker's protocol, which Node has no use for; more of chats is in tests/node.
test('a chat knows its picture by content, is cloned, reset, saved and restored', async () => {
  const all = await samples();
  const small = sampleLike(all, { form: 'one crop' });
  const bytes = await fixtureBytes(`samples/${small.media[0]}`);
  const other = await fixtureBytes(`samples/${sampleLike(all, { form: 'one crop' }, 1).media[0]}`);
  const picture = () => new File([bytes.slice()], 'picture.png');
  const [first, second] = small.questions;
  const chat = molmo.chat();
  const begun = await lastAnswer(chat.ask({ image: picture(), prompt: first!.question }));
  expect(begun.text).toBe(first!.answer);
  expect(begun.usage.visionCrops).toBe(2);

  const saved = JSON.parse(JSON.stringify(await chat.save())) as SavedChat;
  const clone = await chat.clone();
  const later = await lastAnswer(chat.ask({ image: picture(), prompt: 'Caption this image.' }));
  expect(later.usage).toMatchObject({ visionTokens: 0, visionCrops: 0 });
  expect(chat.messages).toHaveLength(4);
  expect(clone.messages).toEqual(saved.messages);
  expect((await lastAnswer(clone.ask({ prompt: 'Caption this image.' }))).tokenIds).toEqual(later.tokenIds);

  const stages: string[] = [];
  const restored = await molmo.restore(
    saved,
    { image: picture() },
    { onProgress: ({ stage }) => stages.push(stage) },
  );
  expect(new Set(stages)).toEqual(new Set(['media', 'vision', 'prefill']));
  expect((await lastAnswer(restored.ask({ prompt: 'Caption this image.' }))).tokenIds).toEqual(
    later.tokenIds,
  );
  const wrong = molmo.restore(saved, { image: new File([other.slice()], 'picture.png') });
  await expect(wrong).rejects.toMatchObject({
    code: 'other-media',
    message: expect.stringMatching(/Image 1 is another one/),
  });

  await chat.reset();
  expect(chat.messages).toEqual([]);
  expect((await lastAnswer(chat.ask({ image: picture(), prompt: second!.question }))).text).toBe(
    second!.answer,
  );
  const controller = new AbortController();
  const cloning = chat.clone(controller);
  controller.abort(new Error('not wanted'));
  await expect(cloning).rejects.toThrow('not wanted');
  expect((await lastAnswer(chat.ask({ image: picture(), prompt: 'Hi' }))).usage.visionTokens).toBe(0);
  for (const one of [chat, clone, restored]) one.dispose();
});
