// Is what was seen before encoded once only, wherever its file comes from? Counted are the crops that the encoder runs for.

import { describe, expect, test } from 'vitest';
import { Molmo2, type AskInput } from '../../src/index.ts';
import { fixtureBytes } from '../fixture-files.ts';
import { forcedKernels } from '../forced-family.ts';
import { answerOf, exactMedia, samples } from '../parity/samples.ts';

const pictureBytes = {
  small: await fixtureBytes('samples/multi-1-1.png'),
  other: await fixtureBytes('samples/multi-1-2.png'),
  large: await fixtureBytes('samples/image-5-640x480.png'),
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
  expect((await answerOf(keeping, { image: file('large'), prompt: 'Hi' })).usage.visionCrops).toBe(7);
  expect(
    (await answerOf(keeping, { image: file('large'), maxCrops: 1, prompt: 'Hi' })).usage.visionCrops,
  ).toBe(2);
  keeping.dispose();
  fresh.dispose();
});

describe('a budget', async () => {
  const sample = (await samples()).find(({ kind }) => kind === 'video')!;
  const [question] = sample.questions;
  const frames = sample.frames?.length ?? 0;
  const clip: AskInput = { ...exactMedia(sample), prompt: question!.question };

  const withBudget = async (bytes: number, run: (molmo: Molmo2) => Promise<void>) => {
    const molmo = await Molmo2.load({ ...forcedKernels, featureCacheBytes: bytes });
    try {
      await run(molmo);
    } finally {
      molmo.dispose();
    }
  };

  test('that holds a part of a video keeps its beginning; the rest is encoded again, and the answer is the same', async () => {
    const [tokens, width] = [16, 128]; // of a frame
    await withBudget(3 * tokens * width * 4, async (molmo) => {
      const first = await answerOf(molmo, clip);
      expect(first.usage.visionTokens).toBe(frames * tokens);
      const again = await answerOf(molmo, clip);
      expect([first, again].map(({ usage }) => usage.visionCrops)).toEqual([frames, frames - 3]);
      expect([first.text, again.text]).toEqual([question!.answer, question!.answer]);
    });
  });

  test('lets go what was used least recently', async () => {
    const cropsOf = async (molmo: Molmo2, name: keyof typeof pictureBytes) =>
      (await answerOf(molmo, { image: file(name), prompt: 'Hi' }, { maxNewTokens: 1 })).usage.visionCrops;
    await withBudget(150_000, async (molmo) => {
      for (const name of ['small', 'other', 'small'] as const) await cropsOf(molmo, name);
      expect(await cropsOf(molmo, 'large')).toBe(7);
      const crops: number[] = [];
      for (const name of ['large', 'small', 'other'] as const) crops.push(await cropsOf(molmo, name));
      expect(crops).toEqual([0, 0, 2]);
    });
  });

  test.each([-1, NaN, 'all'])('of %s bytes is refused', async (bytes) => {
    await expect(Molmo2.load({ featureCacheBytes: bytes as number })).rejects.toThrow(
      `options.featureCacheBytes must be 0 or more bytes, got ${bytes}.`,
    );
  });
});
