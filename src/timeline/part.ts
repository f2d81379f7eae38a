// The part of a video to ask about: in order, inside the video, and at least a frame long. Pure.

import type { TimeRange } from './timeline-events.ts';
import type { View } from './view.ts';

/** A part shorter than this has no frame to ask about. */
const shortestSec = 0.1;

/** From one moment to another, in either order. */
export function partBetween(a: number, b: number, durationSec: number): TimeRange {
  const startSec = Math.min(Math.max(0, Math.min(a, b)), Math.max(0, durationSec - shortestSec));
  const endSec = Math.max(startSec + shortestSec, Math.min(durationSec, Math.max(a, b)));
  return { startSec, endSec };
}

/** With one end at another moment; the other end stays. */
export function withEnd(
  part: TimeRange,
  end: 'from' | 'until',
  timeSec: number,
  durationSec: number,
): TimeRange {
  const { startSec, endSec } = part;
  return end === 'from'
    ? partBetween(Math.min(timeSec, endSec - shortestSec), endSec, durationSec)
    : partBetween(startSec, Math.max(timeSec, startSec + shortestSec), durationSec);
}

/** With one end here, where the other end makes way for it. */
export function endingHere(
  part: TimeRange,
  end: 'from' | 'until',
  nowSec: number,
  durationSec: number,
): TimeRange {
  return end === 'from'
    ? partBetween(nowSec, Math.max(part.endSec, nowSec + shortestSec), durationSec)
    : partBetween(Math.min(part.startSec, nowSec - shortestSec), nowSec, durationSec);
}

/** What is shown larger, or else a quarter from here on. */
export function likelyPart({ fromSec, untilSec }: View, nowSec: number, durationSec: number): TimeRange {
  if (untilSec - fromSec < 0.99 * durationSec) return partBetween(fromSec, untilSec, durationSec);
  const from = Math.min(nowSec, 0.75 * durationSec);
  return partBetween(from, from + durationSec / 4, durationSec);
}
