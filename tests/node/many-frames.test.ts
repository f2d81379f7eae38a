import { expect } from 'vitest';
import { videoFrames } from '../../cli/video-frames.ts';
import { frameNumber, twoFps } from '../numbered-frames.ts';
import { allFrames, record, videoTest, x264 } from './make-videos.ts';

const range = (count: number) => Array.from({ length: count }, (_, i) => i);
const numbersOf = (pictures: readonly Parameters<typeof frameNumber>[0][]) =>
  pictures.map((picture) => frameNumber(picture));

videoTest('384 frames, the most that released models look at, are all decoded', async () => {
  const path = record('long.mp4', { count: 250, rate: 1 }, x264);
  const { video, pictures } = await allFrames(path);
  expect(video.durationSec).toBeCloseTo(250, 5);
  expect(video.timestamps).toHaveLength(384);
  // Evenly spaced times from the first frame to the end.
  expect(numbersOf(pictures)).toEqual(video.timestamps.map((time) => Math.min(Math.floor(time + 1e-6), 249)));
});

videoTest('101 different frames are one more than a sum in ffmpeg may have terms', async () => {
  const path = record('101.mkv', { count: 101, rate: 2 }, x264);
  const { pictures } = await allFrames(path);
  expect(numbersOf(pictures)).toEqual([...range(101), 100]);
});

videoTest('more frames than fit into one command line are decoded in several passes', async () => {
  const path = record('1000.mp4', { count: 1000, rate: 2 }, x264);
  const { pictures } = await allFrames(path, { ...twoFps, maxFrames: 2000 });
  expect(numbersOf(pictures)).toEqual([...range(1000).map((n) => n % 256), 999 % 256]);
});

videoTest('frames that are shown for several of the times are decoded once and given for each', async () => {
  const path = record('slow.webm', { count: 60, rate: 1 }, ['-c:v', 'libvpx', '-b:v', '400k', '-crf', '10']);
  const { pictures } = await allFrames(path, { ...twoFps, maxFps: 5, maxFrames: 400 });
  expect(numbersOf(pictures)).toEqual([...range(300).map((i) => Math.floor(i / 5)), 59]);
});

videoTest('the sheet of --overlay shows as many', async () => {
  const path = record('sheet.mp4', { count: 250, rate: 2 }, x264);
  const times = range(250).map((n) => n / 2);
  const frames = await videoFrames(path, times, { width: 96, height: 64 }, new AbortController().signal);
  const pictures = frames.map((data) => ({ width: 96, height: 64, channels: 3 as const, data }));
  expect(numbersOf(pictures)).toEqual(range(250));
});
