// A span of time as windows that overlap. Pure.

import type { TimeWindow } from '../../api.ts';

/** How a video is walked. */
export interface Walk {
  readonly windowSec: number;
  readonly overlapSec: number;
}

/** Clocks round; what is shorter than this is no window. */
const slackSec = 0.002;

/** How many windows a span of so many seconds has. */
function windowCount(spanSec: number, { windowSec, overlapSec }: Walk): number {
  return 1 + Math.max(0, Math.ceil((spanSec - windowSec - slackSec) / (windowSec - overlapSec)));
}

/** Windows from `fromSec` to `toSec`, each `overlapSec` into the one before; the last may be shorter. */
export function* timeWindows(
  fromSec: number,
  toSec: number,
  walk: Walk,
): Generator<TimeWindow, void, undefined> {
  const total = windowCount(toSec - fromSec, walk);
  for (let index = 0; index < total; index++) {
    const startSec = fromSec + index * (walk.windowSec - walk.overlapSec);
    const isLast = index === total - 1;
    yield { index, total, startSec, endSec: isLast ? toSec : startSec + walk.windowSec };
  }
}

/** What the model reads of a video at once, and how densely. */
export interface Reading {
  readonly maxFrames: number;
  readonly maxFps: number;
}

/**
 * How to walk where nobody said: windows as long as the model reads at its own rate, overlapping by a quarter, on whole
 * sampling steps, so that both windows see the same frames there. Throws RangeError for what cannot be.
 */
export function walkOf(asked: Partial<Walk>, { maxFrames, maxFps }: Reading): Walk {
  const longestSec = (maxFrames - 1) / maxFps;
  const windowSec = asked.windowSec ?? longestSec;
  // The frame at its end is one more.
  if (windowSec > longestSec * (1 + 1e-9))
    throw new RangeError(
      `"windowSec" is ${windowSec}, but at ${maxFps} frames per second the model reads at most ${longestSec.toFixed(2)} s at once (${maxFrames} frames). Choose shorter windows, or a lower maxFps.`,
    );
  const steps = Math.max(1, Math.round((windowSec * maxFps) / 4));
  const overlapSec = asked.overlapSec ?? Math.min(steps / maxFps, windowSec / 2);
  if (overlapSec >= windowSec)
    throw new RangeError(
      `"overlapSec" is ${overlapSec}, but must be less than "windowSec", which is ${windowSec}.`,
    );
  return { windowSec, overlapSec };
}
