// Is what was seen before encoded once only, wherever its file comes from? Counted are the crops that the encoder runs for.

import { afterAll, describe, expect, test } from 'vitest';
import { Molmo2, type AskInput, type FrameList } from '../../src/index.ts';
import { fixtureBytes } from '../fixture-files.ts';
import { forcedKernels } from '../forced-family.ts';
import { answerOf, exactMedia, samples } from '../parity/samples.ts';
import { sampleLike, type WantedSample } from '../sample-questions.ts';

const all = await samples();
const bytesOf = (wanted: WantedSample, nth = 0) =>
  fixtureBytes(`samples/${sampleLike(all, wanted, nth).media[0]}`);
const pictureBytes = {
  small: await bytesOf({ form: 'one crop' }),
  other: await bytesOf({ form: 'one crop' }, 1),
  large: await bytesOf({ kind: 'image', form: 'several crops' }, 1),
};

/** Another file object of the same bytes at every call. */
const file = (name: keyof typeof pictureBytes) => new File([pictureBytes[name].slice()], `${name}.png`);

test('a second file object of equal bytes costs no vision work, and one more picture only its own', async () => {
  const keeping = await Molmo2.load(forcedKernels);
  const fresh = await Molmo2.load({ ...forcedKernels, featureCacheBytes: 0 });
  const ask = (molmo: Molmo2, ...names: (keyof typeof pictureBytes)[]) =>
    answerOf(molmo, { images: names.map(file), maxCrops: 1, prompt: 'Caption the images.' });
  const first = await ask(keeping, 'small');
  const second = await ask(keeping, 'small');
  const both = await ask(keeping, 'small', 'other');
  const expected = await ask(fresh, 'small', 'other');
  // One crop, and the whole picture.
  expect(first.usage.visionCrops).toBe(2);
  expect(second.usage).toEqual({ ...first.usage, visionCrops: 0 });
  expect(second.tokenIds).toEqual(first.tokenIds);
  expect(both.usage).toEqual({ ...expected.usage, visionCrops: 2 });
  expect(expected.usage.visionCrops).toBe(4);
  expect(both.tokenIds).toEqual(expected.tokenIds);
  // Other tiles are another picture to the model.
  const large = { image: file('large'), prompt: 'Hi' };
  const { crops } = await keeping.planQuestion(large);
  expect(crops).toBeGreaterThan(2);
  expect((await answerOf(keeping, large)).usage.visionCrops).toBe(crops);
  expect(
    (await answerOf(keeping, { image: file('large'), maxCrops: 1, prompt: 'Hi' })).usage.visionCrops,
  ).toBe(2);
  keeping.dispose();
  fresh.dispose();
});

describe('a budget of three frames', async () => {
  const sample = (await samples()).find(({ kind }) => kind === 'video')!;
  const [question] = sample.questions;
  const { video } = exactMedia(sample) as { video: FrameList };
  const [tokens, width] = [16, 128]; // of a frame
  const molmo = await Molmo2.load({ ...forcedKernels, featureCacheBytes: 3 * tokens * width * 4 });
  afterAll(() => molmo.dispose());

  test('keeps the beginning of a longer video; the rest is encoded again, and the answer is the same', async () => {
    const frames = video.frames.length;
    const clip: AskInput = { video, prompt: question!.question };
    const first = await answerOf(molmo, clip);
    const again = await answerOf(molmo, clip);
    expect(first.usage.visionTokens).toBe(frames * tokens);
    expect([first, again].map(({ usage }) => usage.visionCrops)).toEqual([frames, frames - 3]);
    expect([first.text, again.text]).toEqual([question!.answer, question!.answer]);
  });

  test('lets go what was used least recently', async () => {
    const cropsOf = async (frame: number) => {
      const one = { frames: video.frames.slice(frame, frame + 1), timestamps: [0] };
      return (await answerOf(molmo, { video: one, prompt: 'Hi' }, { maxNewTokens: 1 })).usage.visionCrops;
    };
    const crops: number[] = [];
    // 3 takes the place of 0, then 0 that of 1.
    for (const frame of [0, 1, 2, 3, 1, 2, 3, 0, 2, 3, 1]) crops.push(await cropsOf(frame));
    expect(crops.slice(3)).toEqual([1, 0, 0, 0, 1, 0, 0, 1]);
  });
});

test.each([-1, NaN, 'all'])('a budget of %s bytes is refused', async (bytes) => {
  await expect(Molmo2.load({ featureCacheBytes: bytes as number })).rejects.toThrow(
    `options.featureCacheBytes must be 0 or more bytes, got ${bytes}.`,
  );
});
