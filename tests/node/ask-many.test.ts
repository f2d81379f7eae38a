// Independent questions at once: full batches of crops, answers as of separate runs, and failures that stay their own.

import process from 'node:process';
import { afterAll, expect, test } from 'vitest';
import { Molmo2, type Answer, type BranchEvent, type ManyInput } from '../../src/index.ts';
import { cancelAtRandom } from '../cancel-at-random.ts';
import { fixtureBytes } from '../fixture-files.ts';
import { forcedKernels } from '../forced-family.ts';
import { watchBuffers } from '../live-buffers.ts';
import { exactMedia, samples } from '../parity/samples.ts';
import { sampleLike } from '../sample-questions.ts';

const cancels = Number(process.env['CANCELLED_PACKS'] ?? 20);
const seed = Number(process.env['CANCELLED_PACKS_SEED'] ?? 1);

const buffers = await watchBuffers();
// No features are kept, so that every run encodes its pictures.
const molmo = await Molmo2.load({ ...forcedKernels, featureCacheBytes: 0 });
afterAll(() => molmo.dispose());

const all = await samples();
const pictures = all.filter(({ kind }) => kind === 'image');

/** The question `i` about a picture, with the answer that PyTorch gives. */
function asked(i: number): { readonly input: ManyInput; readonly answer: string } {
  const sample = pictures[i % pictures.length]!;
  const { question, answer } = sample.questions[Math.floor(i / pictures.length) % sample.questions.length]!;
  return { input: { ...exactMedia(sample), prompt: question }, answer };
}

const textOf = (result: PromiseSettledResult<Answer>) =>
  result.status === 'fulfilled' ? result.value.text : String(result.reason);

test('16 pictures with a question each go through the encoder in full batches, and are answered as PyTorch answers', async () => {
  const questions = Array.from({ length: 16 }, (_, i) => asked(i));
  const events: BranchEvent[] = [];
  const run = molmo.askMany(questions.map(({ input }) => input));
  for await (const event of run) events.push(event);
  const results = await run;
  expect(results.map(textOf)).toEqual(questions.map(({ answer }) => answer));
  const done = events.flatMap((event) =>
    event.type === 'progress' && event.stage === 'vision' ? [event.done] : [],
  );
  const batches = done.map((count, i) => count - (done[i - 1] ?? 0));
  const full = Math.max(...batches);
  expect(batches.slice(0, -1).every((crops) => crops === full)).toBe(true);
  expect(full).toBe(16);
  // Of the pictures that are asked about twice, each is encoded once.
  const crops = results.map((one) => (one.status === 'fulfilled' ? one.value.usage.visionCrops : NaN));
  expect(crops.reduce((sum, count) => sum + count, 0)).toBe(done.at(-1));
  expect(events.filter(({ type }) => type === 'media')).toHaveLength(16);
});

test('pictures, videos and words go together, and what fails does not fail the others', async () => {
  const clip = sampleLike(all, { kind: 'video' });
  const broken = (await fixtureBytes(`samples/${pictures[0]!.media[0]}`)).slice(0, 50);
  const [first, second] = [asked(0), asked(1)];
  const stopped = new AbortController();
  stopped.abort();
  const questions: ManyInput[] = [
    first.input,
    { image: broken, prompt: 'Hi' },
    { ...exactMedia(clip), prompt: clip.questions[0]!.question },
    { prompt: ' ' },
    { ...second.input, maxNewTokens: 2, logprobs: 1 },
    { ...first.input, topK: -1 },
    { ...first.input, signal: stopped.signal },
    second.input,
    { images: 3 as never, prompt: 'Hi' },
  ];
  const results = await molmo.askMany(questions);
  const reasons = [1, 3, 5, 8].map((i) => textOf(results[i]!));
  expect(reasons).toEqual([
    expect.stringMatching(/^Molmo2Error: The image/),
    expect.stringMatching(/^Molmo2Error: The prompt is empty/),
    expect.stringMatching(/^RangeError: options\.topK/),
    expect.stringMatching(/^TypeError: "images" must be a list/),
  ]);
  expect([0, 2, 7].map((i) => textOf(results[i]!))).toEqual([
    first.answer,
    clip.questions[0]!.answer,
    second.answer,
  ]);
  expect(results[4]).toMatchObject({
    value: { finishReason: 'length', tokenIds: { length: 2 }, logprobs: { length: 2 } },
  });
  expect(results[6]).toMatchObject({ value: { finishReason: 'cancelled', text: '' } });
  await expect(molmo.askMany([])).rejects.toThrow(/^askMany takes a list/);
});

test(`${cancels} packs that are cancelled at random moments leave nothing behind (seed ${seed})`, async () => {
  // One small picture, so that a run is short.
  const [{ questions }] = pictures as [(typeof pictures)[number]];
  const shown = { ...exactMedia(pictures[0]!), maxCrops: 1, maxNewTokens: 5 };
  const inputs = questions.slice(0, 2).map(({ question }) => ({ ...shown, prompt: question }));
  const ask = async (signal?: AbortSignal) =>
    (await molmo.askMany(inputs, signal ? { signal } : {})).map(textOf);
  await cancelAtRandom({ buffers, cancels, seed, work: ask });
});
