// What a page samples of a numbered video, and what is expected of one.

import { openVideo } from '../../src/media/video/open-video.ts';
import { frameNumber, twoFps } from '../numbered-frames.ts';
import { fixtureUrl } from './fixture-url.ts';

export async function fixture(name: string): Promise<Blob> {
  const response = await fetch(fixtureUrl(`media/${name}`));
  if (!response.ok) throw new Error(`${name}: ${response.status}`);
  return response.blob();
}

export interface Sampled {
  readonly durationSec: number;
  readonly timestamps: readonly number[];
  readonly numbers: readonly number[];
}

/** The times at two frames per second, and the number that the frame at each carries. */
export async function sampled(blob: Blob): Promise<Sampled> {
  const video = await openVideo({ kind: 'blob', blob }, twoFps, 'video');
  const numbers: number[] = [];
  try {
    for await (const picture of video.frames()) numbers.push(frameNumber(picture));
  } finally {
    video.close();
  }
  return { durationSec: video.durationSec, timestamps: video.timestamps, numbers };
}

/** What is sampled where these frames are shown one after the other, each for 1 / rate seconds. */
export function expectedOf(shown: readonly number[], rate: number): Sampled {
  const durationSec = shown.length / rate;
  const timestamps: number[] = [];
  for (let k = 0; k / 2 < durationSec - 0.002; k++) timestamps.push(k / 2);
  timestamps.push(durationSec);
  const numbers = timestamps.map(
    (time) => shown[Math.min(Math.floor(time * rate + 0.03), shown.length - 1)] ?? NaN,
  );
  return { durationSec, timestamps, numbers };
}

/** In milliseconds, the accuracy of Matroska's clock. */
export function rounded({ durationSec, timestamps, numbers }: Sampled): Sampled {
  const ms = (seconds: number) => Math.round(seconds * 500) / 500;
  return { durationSec: ms(durationSec), timestamps: timestamps.map(ms), numbers };
}

export const range = (start: number, end: number) => Array.from({ length: end - start }, (_, i) => start + i);
