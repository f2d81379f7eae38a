// When the frames of an animated picture begin, and how much of it can be looked at.

import { Molmo2Error } from '../../errors.ts';
import type { MovingFrames } from './moving-frames.ts';

/** A frame is made of all before it, so that each of them may be drawn to see the last: an hour of full HD at 10 frames a second. */
const mostPixels = 8e10;

/** Throws `media-too-large` where drawing every frame once would take minutes. A few bytes may be a frame of any size. */
export function refuseEndless(
  { width, height, durationsSec: { length } }: MovingFrames,
  label: string,
): void {
  if (width * height * length <= mostPixels) return;
  throw new Molmo2Error(
    'media-too-large',
    `${label} has ${length} frames of ${width} x ${height}, each of which is made of those before it; the limit is ` +
      `${Math.floor(mostPixels / (width * height))} of that size. Save it as MP4 or WebM, or scale it down.`,
  );
}

/** When each frame begins and the last one ends. */
export function frameStarts(durationsSec: readonly number[]): {
  readonly starts: readonly number[];
  readonly endSec: number;
} {
  // Files count in milliseconds or coarser; summed as whole microseconds the times stay those of the file.
  let us = 0;
  const starts = durationsSec.map((sec) => {
    const startSec = us / 1e6;
    us += Math.round(sec * 1e6);
    return startSec;
  });
  return { starts, endSec: us / 1e6 };
}

/** The number of the last frame that begins no later than a moment. */
export function frameAt(starts: readonly number[], momentSec: number): number {
  let [from, until] = [0, starts.length];
  while (until - from > 1) {
    const middle = (from + until) >> 1;
    if ((starts[middle] ?? Infinity) <= momentSec) from = middle;
    else until = middle;
  }
  return from;
}
