// A plan is made of sizes and times alone; here it is compared with what becomes of the pixels.

import process from 'node:process';
import { expect, test } from 'vitest';
import { openMedia, type VisualRequest } from '../../src/engine/visual/visual-input.ts';
import type { WholeVideo } from '../../src/media/media-types.ts';
import type { Picture } from '../../src/media/picture.ts';
import { samplingPlan } from '../../src/media/sampling/frame-times.ts';
import { imageCrops } from '../../src/preprocess/crops.ts';
import { promptIds } from '../../src/text/prompt.ts';
import { integer, readConfigs, readTokenizer, seeded } from './text-support.ts';

const inputs = Number(process.env['PLANNED_INPUTS'] ?? 20);
const seed = Number(process.env['PLANNED_SEED'] ?? 1);

const folder = new URL('../../models/shapes/', import.meta.url);
const { model, processor } = readConfigs(folder);
const tokenizer = readTokenizer(folder);
const { patchSize, numPatches } = model.vit;

const nothing: VisualRequest = {
  images: [],
  video: null,
  startSec: undefined,
  endSec: undefined,
  maxFrames: undefined,
  maxFps: undefined,
  maxCrops: undefined,
};

function picture(width: number, height: number): Picture {
  return { width, height, channels: 3, data: new Uint8ClampedArray(width * height * 3) };
}

/** A video of which nothing but its length and rate is known; every frame of it is gray. */
function grayVideo(durationSec: number, fps: number): WholeVideo {
  return {
    width: 64,
    height: 48,
    durationSec,
    isSampled: true,
    sample(sampling) {
      const { timestamps, startSec } = samplingPlan({ firstSec: 0, endSec: durationSec, fps }, sampling);
      return {
        timestamps,
        startSec,
        async *frames() {
          for (const _ of timestamps) yield picture(64, 48);
        },
      };
    },
    close() {},
  };
}

const words = ['Point to the red squares.', 'How many?', 'Track the yellow star.', 'x'];

test(`${inputs} random pictures and videos become the tokens and crops that their sizes say (seed ${seed})`, async () => {
  const random = seeded(seed);
  const between = (low: number, high: number) => low + integer(random, high - low + 1);
  for (let i = 0; i < inputs; i++) {
    const isVideo = random() < 0.5;
    const images = Array.from({ length: isVideo ? 0 : between(1, 4) }, () =>
      picture(between(1, 700), between(1, 700)),
    );
    const video = isVideo ? grayVideo(0.1 + random() * 40, 1 + random() * 60) : undefined;
    const startSec = random() < 0.3 ? random() * 0.09 : undefined;
    const request: VisualRequest = {
      ...nothing,
      images: images.map((one) => ({ kind: 'picture', picture: one })),
      video: isVideo ? { kind: 'path', path: 'gray' } : null,
      startSec,
      maxFrames: random() < 0.5 ? between(2, 60) : undefined,
      maxFps: random() < 0.5 ? 0.25 + random() * 5 : undefined,
      maxCrops: random() < 0.5 ? between(1, 24) : undefined,
    };
    const media = await openMedia(request, processor, { video });
    const detail = {
      maxFrames: between(2, media.detail.maxFrames),
      maxCrops: between(1, media.detail.maxCrops),
    };
    const planned = media.shapes(detail);
    const content = [
      ...images.map(() => ({ type: 'image' as const })),
      ...(isVideo ? [{ type: 'video' as const }] : []),
      { type: 'text' as const, text: words[integer(random, words.length)]! },
    ];
    const messages = [{ role: 'user', content }];
    const rest = { messages, processor, model, tokenizer };
    const plan = promptIds({ ...rest, images: planned.imageGrids, video: planned.video });

    const real = { crops: 0, features: 0, pieces: [] as { crops: number; tokens: number; window: number }[] };
    for await (const unit of media.input(detail).units()) {
      const tokens = unit.pooling.length / unit.window;
      expect(unit.patches.byteLength).toBe(unit.crops * numPatches * patchSize * patchSize * 3);
      expect(Math.max(...unit.pooling)).toBeLessThan(unit.crops * numPatches);
      real.crops += unit.crops;
      real.features += tokens;
      real.pieces.push({ crops: unit.crops, tokens, window: unit.window });
    }
    const grids = images.map((one) => imageCrops(one, processor.image, detail.maxCrops).grid);
    const run = promptIds({ ...rest, images: grids, video: planned.video });
    const context = `input ${i}`;
    expect(planned.crops, context).toBe(real.crops);
    expect(plan.visionTokens, context).toBe(real.features);
    expect([...plan.ids], context).toEqual([...run.ids]);
    if (isVideo) {
      const batch = between(1, 16);
      const frames = Math.min(batch, real.pieces.length);
      const tokens = real.pieces.slice(0, frames).reduce((sum, one) => sum + one.tokens, 0);
      expect(planned.largestPiece(batch), context).toMatchObject({ crops: frames, tokens });
      expect(planned.pieces(batch).reduce((sum, one) => sum + one.crops, 0)).toBe(real.crops);
      expect(planned.media.timestamps, context).toHaveLength(real.crops);
    } else {
      expect(planned.pieces(1), context).toEqual(real.pieces);
      expect(planned.largestPiece(1), context).toEqual({
        crops: Math.max(...real.pieces.map(({ crops }) => crops)),
        tokens: Math.max(...real.pieces.map(({ tokens }) => tokens)),
        window: real.pieces[0]!.window,
      });
    }
  }
});
