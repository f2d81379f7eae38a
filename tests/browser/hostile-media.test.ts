// Damaged videos and pictures as a page gets them, with the browser's own decoders: pictures or one error of ours, in time.

import { expect, test } from 'vitest';
import { Molmo2Error } from '../../src/errors.ts';
import { decodeImage } from '../../src/media/picture/decode-image.ts';
import { openVideo } from '../../src/media/video/open-video.ts';
import { damagedBytes } from '../hostile/damage-bytes.ts';
import { one, randomOf, type Random } from '../hostile/damage-json.ts';
import { damagedVideo } from '../hostile/damage-video.ts';
import { fixtureUrl } from './fixture-url.ts';

const sampling = { maxFrames: 3, maxFps: 2, mode: 'uniform_last_frame', samplingFps: 2 } as const;
const bytesOf = async (name: string) =>
  new Uint8Array(await (await fetch(fixtureUrl(`media/${name}`))).arrayBuffer());

async function readVideo(blob: Blob): Promise<void> {
  const video = await openVideo({ kind: 'blob', blob }, sampling, 'video 1');
  try {
    for await (const { width, height, data } of video.frames())
      expect(data.length).toBeGreaterThanOrEqual(3 * width * height);
  } finally {
    video.close();
  }
}

async function readPicture(blob: Blob): Promise<void> {
  const { width, height, data } = await decodeImage({ kind: 'blob', blob }, 'image 1');
  expect(data.length).toBeGreaterThanOrEqual(3 * width * height);
}

type Damage = (bytes: Uint8Array, random: Random) => Uint8Array<ArrayBuffer>;

test.each<[string, number, readonly string[], Damage, (blob: Blob) => Promise<void>]>([
  ['videos', 60, ['h264-b-frames.mp4', 'edit-list.mp4', 'vp8.webm', 'clusters.webm'], damagedVideo, readVideo],
  ['pictures', 120, ['quarters.png', 'quarters.jpg', 'quarters.webp', 'quarters.gif', 'quarters.avif'], damagedBytes, readPicture],
])('damaged %s are decoded or refused with one error', async (_, inputs, names, damage, read) => {
  const whole = await Promise.all(names.map(bytesOf));
  const count = { accepted: 0, refused: 0 };
  for (let seed = 1; seed <= inputs; seed++) {
    const random = randomOf(seed);
    const blob = new Blob([damage(one(random, whole), random)]);
    const startMs = performance.now();
    const failure: unknown = await read(blob).then(
      () => null,
      (cause: unknown) => cause,
    );
    expect(performance.now() - startMs, `seed ${seed}`).toBeLessThan(15_000);
    if (failure === null) count.accepted += 1;
    else if (failure instanceof Molmo2Error && failure.code.startsWith('media-')) count.refused += 1;
    else throw new Error(`seed ${seed}: no error of ours`, { cause: failure });
  }
  expect(count.accepted).toBeGreaterThan(0);
  expect(count.refused).toBeGreaterThan(0);
}); // prettier-ignore
