// The official checkpoint from files that a visitor chose: quantised on the GPU, kept as a bundle, loaded from there.

import { afterAll, beforeEach, expect, test } from 'vitest';
import { cachedModels, deleteCachedModel, Molmo2 } from '../../src/index.ts';
import { fixtureBytes } from '../fixture-files.ts';
import { answerOf, exactMedia, largestShift, samples, structure } from '../parity/samples.ts';
import { sampleLike } from '../sample-questions.ts';

const names = [
  'config.json',
  'generation_config.json',
  'model.safetensors',
  'preprocessor_config.json',
  'processor_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'video_preprocessor_config.json',
];
const files = await Promise.all(
  names.map(async (name) => new File([await fixtureBytes(`../../models/shapes/${name}`)], name)),
);

// Other test files keep models in the same browser.
async function forgetAll(): Promise<void> {
  for (const { name } of await cachedModels()) await deleteCachedModel(name);
}
beforeEach(forgetAll);
afterAll(forgetAll);

const sample = sampleLike(await samples(), { kind: 'image', form: 'several crops' }, 1);

async function expectAnswers(molmo: Molmo2): Promise<void> {
  for (const { question, answer } of sample.questions) {
    const { text } = await answerOf(molmo, { ...exactMedia(sample), prompt: question });
    expect(structure(text).rest).toBe(structure(answer).rest);
    expect(largestShift(text, answer)).toBeLessThanOrEqual(0.01);
  }
}

/** Questions that are asked together cross to the worker and back as those that are asked one by one. */
async function expectTogether(molmo: Molmo2): Promise<void> {
  const media = exactMedia(sample);
  const [{ question }] = sample.questions as [(typeof sample.questions)[number]];
  const { text } = await answerOf(molmo, { ...media, prompt: question });
  const stopped = new AbortController();
  stopped.abort();
  const answers = await molmo.askAll({
    ...media,
    prompts: [question, { prompt: 'Hi', signal: stopped.signal }],
  });
  expect(answers).toMatchObject([{ text }, { text: '', finishReason: 'cancelled' }]);
  const [asked, empty, wrong] = await molmo.askMany([
    { ...media, prompt: question },
    { ...media, prompt: ' ' },
    { ...media, prompt: question, maxCrops: 0 },
  ]);
  expect(asked).toMatchObject({ status: 'fulfilled', value: { text } });
  expect(empty).toMatchObject({ status: 'rejected', reason: { code: 'bad-request' } });
  expect(wrong).toMatchObject({ status: 'rejected', reason: expect.any(RangeError) as RangeError });
}

test('a checkpoint is quantised while it streams, kept, and loaded from there the next time', async () => {
  const before = await Molmo2.plan({ model: files, weights: 'q8' });
  expect(before.verdict).toBe('fits');
  expect(before.downloadBytes).toBe(1_145_280 * 4);

  const first = await Molmo2.load({ model: files, weights: 'q8' });
  await expectAnswers(first);
  const texts = await answerOf(first, { ...exactMedia(sample), prompt: 'Point to the circles.' });
  first.dispose();
  expect(await cachedModels()).toMatchObject([{ complete: true }]);

  const kept = await Molmo2.plan({ model: files, weights: 'q8' });
  expect(kept.downloadBytes).toBe(0);
  const second = await Molmo2.load({ model: files, weights: 'q8' });
  const again = await answerOf(second, { ...exactMedia(sample), prompt: 'Point to the circles.' });
  expect(again.text).toBe(texts.text);
  second.dispose();

  const [model] = await cachedModels();
  expect(model?.byteLength).toBeGreaterThan(1_000_000);
  expect(await deleteCachedModel(model?.name ?? '')).toBe(true);
  expect(await cachedModels()).toEqual([]);
});

test('another format is another bundle, and nothing is kept when nothing may be', async () => {
  const molmo = await Molmo2.load({ model: files, weights: 'f16', cache: false });
  await expectAnswers(molmo);
  await expectTogether(molmo);
  molmo.dispose();
  expect(await cachedModels()).toEqual([]);
});

test('a plan refuses what memory does not hold, with the numbers', async () => {
  const plan = await Molmo2.plan({ model: files, memoryBytes: 3_000_000 });
  expect(plan.verdict).toBe('does-not-fit');
  expect(plan.message).toMatch(
    /5 MB of weights, 3 MB for every 1,000 tokens \(keys and values in f32\), 3 MB may be used.*q4/,
  );
  expect(plan.weightBytes).toBe(1_145_280 * 4);
});

test('an aborted load keeps nothing that is complete', async () => {
  const controller = new AbortController();
  const reason = new Error('enough');
  const loading = Molmo2.load({
    model: files,
    weights: 'q4',
    signal: controller.signal,
    onProgress: () => controller.abort(reason),
  });
  await expect(loading).rejects.toBe(reason);
  expect((await cachedModels()).filter(({ complete }) => complete)).toEqual([]);
});
