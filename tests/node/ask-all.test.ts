// Several questions about the same media at once: each is answered as if it were asked alone, and what they share is there once.
// tests/parity/golden.test.ts asks the golden checkpoints.

import process from 'node:process';
import { afterAll, expect, test } from 'vitest';
import { Molmo2, type Answer, type AskInput, type AskOptions, type BranchEvent } from '../../src/index.ts';
import { cancelAtRandom } from '../cancel-at-random.ts';
import { forcedKernels } from '../forced-family.ts';
import { watchBuffers } from '../live-buffers.ts';
import { answerOf, exactMedia, samples } from '../parity/samples.ts';
import { sampleLike } from '../sample-questions.ts';

const cancels = Number(process.env['CANCELLED_BRANCHES'] ?? 20);
const seed = Number(process.env['CANCELLED_BRANCHES_SEED'] ?? 1);

const buffers = await watchBuffers();
const molmo = await Molmo2.load(forcedKernels);
afterAll(() => molmo.dispose());

const all = await samples();
const picture = sampleLike(all, { form: 'one crop' });
const shown = exactMedia(picture);
const [first, second] = picture.questions.map(({ question }) => question) as [string, string];

/** Of a run that was repeated, the time of the second, which compiles nothing. */
async function timed(
  input: Parameters<Molmo2['askAll']>[0],
): Promise<{ answers: readonly Answer[]; decodeMs: number }> {
  await molmo.askAll(input);
  const answers = await molmo.askAll(input);
  return { answers, decodeMs: Math.max(...answers.map(({ timings }) => timings.decodeMs)) };
}

test('2, 4 and 8 questions have the answers that PyTorch gives to each, and share what they are about', async () => {
  const questions = picture.questions;
  const kvBytes: number[] = [];
  const decodeMs: number[] = [];
  const maxNewTokens = 32;
  for (const count of [1, 2, 4, 8]) {
    const asked = Array.from({ length: count }, (_, i) => questions[i % questions.length]!);
    const prompts = asked.map(({ question }) => ({ prompt: question, maxNewTokens }));
    buffers.takeBytes(/./);
    const run = await timed({ ...shown, prompts });
    kvBytes.push(buffers.takeBytes(/^kv\/[kv] /) / 2); // of two runs
    decodeMs.push(run.decodeMs);
    expect(run.answers.map(({ text }) => text)).toEqual(asked.map(({ answer }) => answer));
    // Pictures are fed for the first alone.
    expect(run.answers.map(({ usage }) => usage.visionTokens > 0)).toEqual(asked.map((_, i) => i === 0));
  }
  // Four layers, two key heads of 24, f32; caches grow in steps of 256 slots. What 8 questions add to one is their words and
  // answers, and not the picture's tokens seven times more.
  const slotBytes = 2 * 4 * 2 * 24 * 4;
  const own = Math.ceil((8 * (30 + maxNewTokens)) / 256) * 256;
  expect(kvBytes[3]! - kvBytes[0]!).toBeLessThanOrEqual(own * slotBytes);
  console.log(`decoding 1, 2, 4, 8 branches: ${decodeMs.map(Math.round).join(', ')} ms on this machine`);
});

test('two pictures, a video and its subtitles, and words alone are shared as well', async () => {
  const clip = sampleLike(all, { kind: 'video' });
  const subtitles = 'WEBVTT\n\n00:00.000 --> 00:01.000\nA red circle.\n';
  for (const input of [
    exactMedia(sampleLike(all, { kind: 'images' })),
    { ...exactMedia(clip), subtitles },
    {},
  ] as AskInput[]) {
    const prompts = ['Caption this.', 'Where are the red circles?'];
    const options = { maxNewTokens: 8 };
    const answers = await molmo.askAll({ ...input, prompts }, options);
    for (const [i, prompt] of prompts.entries())
      expect(answers[i]!.tokenIds).toEqual((await answerOf(molmo, { ...input, prompt }, options)).tokenIds);
  }
});

test('each question has options of its own, and ends alone', async () => {
  const own: AskOptions[] = [
    { maxNewTokens: 3 },
    { stop: 'coords' },
    { logprobs: 2, frequencyPenalty: 1, maxNewTokens: 12 },
    { temperature: 1, seed: 7, topP: 0.9 },
    { repetitionPenalty: 1.4, logitBias: { 30: -100 } },
    {},
  ];
  const prompts = own.map((options, i) => ({ prompt: picture.questions[i % 3]!.question, ...options }));
  const options = { maxNewTokens: 20 };
  const events: BranchEvent[] = [];
  for await (const event of molmo.askAll({ ...shown, prompts }, options)) events.push(event);
  for (const [i, { prompt, ...answered }] of prompts.entries()) {
    const alone: { type: string; text?: string }[] = [];
    let wanted: Answer | null = null;
    for await (const event of molmo.ask({ ...shown, prompt }, { ...options, ...answered })) {
      if (event.type === 'done') wanted = event.answer;
      else if (event.type !== 'progress' && event.type !== 'media') alone.push(event);
    }
    const mine = events.filter((event) => 'branch' in event && event.branch === i);
    const [last, ...before] = mine.reverse();
    if (last?.type !== 'done') throw new Error('a branch ends with its answer');
    const { usage, timings: _, ...answer } = last.answer;
    const { usage: usageAlone, timings: __, ...expected } = wanted!;
    const exact = (one: unknown) =>
      JSON.parse(JSON.stringify(one), (key, value: unknown) =>
        key === 'logprob' ? Math.round(1e3 * (value as number)) : value,
      ) as unknown;
    expect(exact(answer)).toEqual(exact(expected));
    expect(usage.newTokens).toBe(usageAlone.newTokens);
    expect(exact(before.reverse())).toEqual(exact(alone.map((event) => ({ ...event, branch: i }))));
  }
  expect(events.filter(({ type }) => type === 'media')).toHaveLength(1);
});

test('more questions than go together take turns, and one that is cancelled leaves the others alone', async () => {
  const controllers = Array.from({ length: 10 }, () => new AbortController());
  controllers[9]!.abort();
  const prompts = controllers.map(({ signal }, i) => ({
    prompt: picture.questions[i % 3]!.question,
    signal,
  }));
  const run = molmo.askAll({ ...shown, prompts });
  let told = '';
  for await (const event of run) {
    if (event.type !== 'text' || event.branch !== 1) continue;
    told += event.text;
    controllers[1]!.abort();
  }
  const answers = await run;
  answers.forEach((answer, i) => {
    const wanted = picture.questions[i % 3]!.answer;
    if (i !== 1 && i !== 9) expect(answer).toMatchObject({ text: wanted, finishReason: 'stop' });
  });
  expect(answers[9]).toMatchObject({ text: '', finishReason: 'cancelled', tokenIds: [] });
  expect(answers[1]).toMatchObject({ text: told, finishReason: 'cancelled' });
  expect(picture.questions[1]!.answer.startsWith(told)).toBe(true);
});

test('what cannot be asked is refused with its name', async () => {
  const refused = (input: unknown, options?: AskOptions) =>
    molmo.askAll(input as Parameters<Molmo2['askAll']>[0], options).then(
      () => 'answered',
      (error: Error) => error.message,
    );
  expect(await refused({ ...shown, prompts: [] })).toMatch(
    /^"prompts" must be a list of at least one question/,
  );
  expect(await refused({ ...shown, prompts: ['Hi', 3] })).toMatch(/number 2 is 3\.$/);
  expect(await refused({ ...shown, prompts: ['Hi', ' '] })).toMatch(/^The prompt is empty/);
  expect(await refused({ ...shown, prompts: [{ prompt: 'Hi', topP: 2 }] })).toMatch(/^options\.topP/);
  expect(await refused({ ...shown, prompts: ['Hi'] }, { trace: {} })).toMatch(/^options\.trace/);
});

test(`${cancels} calls that are cancelled at random moments leave nothing behind (seed ${seed})`, async () => {
  const prompts = [first, second];
  const input = { ...shown, maxCrops: 1, prompts };
  const ask = async (signal?: AbortSignal) =>
    (await molmo.askAll(input, { maxNewTokens: 6, ...(signal && { signal }) })).map(({ text }) => text);
  await cancelAtRandom({ buffers, cancels, seed, work: ask });
});
