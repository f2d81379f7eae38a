import { expect, test } from 'vitest';
import { openVideo } from '../../src/media/video/open-video.ts';
import { twoFps } from '../numbered-frames.ts';
import { type Part, withEdits, withMatrix } from '../rewrite-mp4.ts';
import { openPlayer, playerNumbers } from './player.ts';
import { expectedOf, fixture, range, rounded, sampled } from './sampled-video.ts';

// 240 frames at 30 per second, several groups of pictures with reordered frames.
const part = (start: number, end: number): Part => ({ fromSec: start / 30, lastsSec: (end - start) / 30 });
const pause = (lastsSec: number): Part => ({ fromSec: null, lastsSec });

test.each([
  ['an end that is cut off', [part(0, 60)], range(0, 60)],
  ['a beginning and an end that are cut off', [part(100, 160)], range(100, 160)],
  ['two parts', [part(30, 60), part(150, 180)], [...range(30, 60), ...range(150, 180)]],
  ['two parts in the other order', [part(150, 180), part(30, 60)], [...range(150, 180), ...range(30, 60)]],
  ['one part twice', [part(30, 60), part(30, 60)], [...range(30, 60), ...range(30, 60)]],
  ['a pause before the part', [pause(1), part(30, 90)], range(30, 90)],
  ['one frame', [part(77, 78)], [77]],
] as const)('%s', async (_, parts, shown) => {
  const blob = await withEdits(await fixture('long-gops.mp4'), parts);
  expect(rounded(await sampled(blob))).toEqual(rounded(expectedOf(shown, 30)));
});

test('a list of long entries is read as one of short ones', async () => {
  const parts = [part(150, 180), part(30, 60)];
  const blob = await withEdits(await fixture('long-gops.mp4'), parts, true);
  const shown = [...range(150, 180), ...range(30, 60)];
  expect(rounded(await sampled(blob))).toEqual(rounded(expectedOf(shown, 30)));
});

test('a part that begins and ends between two frames shows those that begin in it, from its start', async () => {
  const blob = await withEdits(await fixture('long-gops.mp4'), [{ fromSec: 0.51, lastsSec: 1 }]);
  expect(rounded(await sampled(blob))).toEqual(rounded(expectedOf(range(16, 46), 30)));
});

// Reordered frames delay a part that begins inside a group of pictures, and a part may reach into the next one: there
// the browser's own player says what is right.
test.each([
  [
    'frames of one group, again and again',
    'h264-b-frames.mp4',
    [
      [40, 55],
      [5, 20],
      [40, 55],
    ],
  ],
  [
    'parts that overlap',
    'long-gops.mp4',
    [
      [16, 40],
      [20, 44],
      [18, 42],
    ],
  ],
] as const)('%s: as the player shows it', async (_, name, parts) => {
  const blob = await withEdits(
    await fixture(name),
    parts.map(([start, end]) => part(start, end)),
  );
  const { timestamps, numbers } = await sampled(blob);
  // A player ends where its clock does; the last time is compared by its frame alone.
  expect(numbers.slice(0, -1)).toEqual(await playerNumbers(blob, timestamps.slice(0, -1)));
});

test('a list that shows no frame is refused', async () => {
  const blob = await withEdits(await fixture('h264-b-frames.mp4'), [part(200, 230)]);
  await expect(sampled(blob)).rejects.toMatchObject({ code: 'media-unreadable' });
});

const [cos, sin] = [Math.cos(0.3), Math.sin(0.3)];
test.each([
  ['turned by 45 degrees', [0.7071, 0.7071, -0.7071, 0.7071], [96, 64], [96, 64]],
  ['turned by 17 degrees', [cos, sin, -sin, cos], [96, 64], [96, 64]],
  ['twice as wide', [2, 0, 0, 1], [192, 64], [96, 64]],
  ['twice as high', [1, 0, 0, 2], [96, 128], [96, 64]],
  ['twice as large', [2, 0, 0, 2], [96, 64], [96, 64]],
  ['turned by a quarter', [0, 1, -1, 0], [64, 96], [64, 96]],
  ['all zeros', [0, 0, 0, 0], [96, 64], [96, 64]],
] as const)('a display matrix: %s', async (_, matrix, size, pixels) => {
  const blob = await withMatrix(await fixture('h264-b-frames.mp4'), matrix);
  const video = await openVideo({ kind: 'blob', blob }, twoFps, 'video');
  expect([video.width, video.height]).toEqual(size);
  for await (const picture of video.frames()) expect([picture.width, picture.height]).toEqual(pixels);
  video.close();
  const player = await openPlayer(blob);
  expect([player.videoWidth, player.videoHeight]).toEqual(size);
});
