// Animated pictures as videos: the frames and times of the rule, and nothing of them where they are pictures.

import { expect, test } from 'vitest';
import { decodeImage } from '../../src/media/picture/decode-image.ts';
import { openFramed } from '../../src/media/video/open-framed.ts';
import { openVideo } from '../../src/media/video/open-video.ts';
import { frameNumber, twoFps } from '../numbered-frames.ts';
import { fixture, sampled } from './sampled-video.ts';

const kinds = ['moving.gif', 'moving.png', 'moving.webp'] as const;
// Frame n lasts a tenth of a second, or four tenths where n is a multiple of five.
const starts = Array.from({ length: 20 }, (_, n) => n * 0.1 + 0.3 * Math.ceil(n / 5));
const numberAt = (sec: number) => starts.filter((start) => start <= sec + 1e-6).length - 1;

test.each(kinds)('%s: times and frames are those of the rule', async (name) => {
  const { durationSec, timestamps, numbers } = await sampled(await fixture(name));
  expect(durationSec).toBeGreaterThan(3.1);
  expect(timestamps.slice(0, -1)).toEqual([0, 0.5, 1, 1.5, 2, 2.5, 3].slice(0, timestamps.length - 1));
  expect(timestamps.at(-1)).toBeCloseTo(durationSec, 2);
  expect(numbers).toEqual(timestamps.map(numberAt));
});

test('a part, fewer frames, and the same ones again', async () => {
  const blob = await fixture('moving.gif');
  const video = await openVideo({ kind: 'blob', blob }, { ...twoFps, startSec: 1, endSec: 2 }, 'video');
  for (let i = 0; i < 2; i++) {
    const numbers: number[] = [];
    for await (const picture of video.frames()) numbers.push(frameNumber(picture));
    expect(numbers).toEqual([1, 1.5, 2].map(numberAt));
  }
  video.close();
});

test('every frame in its turn, for its time', async () => {
  const video = await openFramed(await fixture('moving.webp'), 'video');
  const seen: number[] = [];
  let endBefore = 0;
  for await (const { frame, startSec, endSec } of video.everyFrame()) {
    expect(startSec).toBeCloseTo(endBefore, 6);
    expect([frame.displayWidth, frame.displayHeight]).toEqual([96, 64]);
    seen.push(startSec);
    endBefore = endSec;
  }
  expect(seen.map((sec) => sec.toFixed(1))).toEqual(starts.map((sec) => sec.toFixed(1)));
  expect(endBefore).toBeCloseTo(video.durationSec, 6);
});

test('as a picture it is its first frame', async () => {
  const picture = await decodeImage({ kind: 'blob', blob: await fixture('moving.gif') }, 'image');
  expect(frameNumber(picture)).toBe(0);
});

test('a picture that stands still is no video', async () => {
  await expect(sampled(await fixture('quarters.gif'))).rejects.toThrow(/is a picture \(GIF\), not a video/);
});

test('a browser without an ImageDecoder says so', async () => {
  const blob = await fixture('moving.gif');
  const decoder = Object.getOwnPropertyDescriptor(globalThis, 'ImageDecoder');
  Reflect.deleteProperty(globalThis, 'ImageDecoder');
  try {
    await expect(sampled(blob)).rejects.toThrow(/animated picture \(GIF\).*no ImageDecoder.*Save it as MP4/);
  } finally {
    if (decoder) Object.defineProperty(globalThis, 'ImageDecoder', decoder);
  }
});

test('cancelling between frames throws the reason', async () => {
  const reason = new Error('changed my mind');
  const controller = new AbortController();
  const video = await openVideo({ kind: 'blob', blob: await fixture('moving.png') }, twoFps, 'video');
  const walk = async () => {
    for await (const picture of video.frames(controller.signal)) {
      expect(frameNumber(picture)).toBe(0);
      controller.abort(reason);
    }
  };
  await expect(walk()).rejects.toBe(reason);
});

test('a file that breaks off in its pixels is an error that says when, or its frames before', async () => {
  const bytes = new Uint8Array(await (await fixture('moving.png')).arrayBuffer());
  bytes.fill(0xa5, bytes.length * 0.6, bytes.length * 0.7);
  const failure: unknown = await sampled(new Blob([bytes])).catch((cause: unknown) => cause);
  if (failure instanceof Error) expect(failure).toMatchObject({ code: 'media-unreadable' });
  else expect((failure as { numbers: number[] }).numbers[0]).toBe(0);
});
