// What is visible at one time of a video: which points, and how far each track has come. Pure; times in seconds,
// positions in pixels of the original picture.

import type { Point, Track } from '../api.ts';

export interface Spot {
  readonly x: number;
  readonly y: number;
}

/** A track at one moment. */
export interface TrackMoment {
  /** Where the object is; null before its first and after its last time. */
  readonly dot: Spot | null;
  /** The way so far, its end included. */
  readonly trail: readonly Spot[];
  /** The whole way. */
  readonly path: readonly Spot[];
}

/** Answers write times with one decimal, so a sampled time may differ from the written one by this much. */
const writtenTimeSlackSec = 0.051;

/** A frame that starts within this time of a moment counts as that moment: half a frame at 30 fps. */
const frameSlackSec = 1 / 60;

/** The sampled time that an answer's rounded time means, or the time itself where nothing was sampled near it. */
export function sampledTime(timeSec: number, timestamps: readonly number[]): number {
  let best = timeSec;
  let bestGap = writtenTimeSlackSec;
  for (const t of timestamps) {
    const gap = Math.abs(t - timeSec);
    if (gap < bestGap) {
      best = t;
      bestGap = gap;
    }
  }
  return best;
}

/** When a point that was seen at `timeSec` is shown: from then until the next sampled time, or for `holdSec`. */
export function pointSpan(
  timeSec: number,
  timestamps: readonly number[],
  holdSec: number,
): { readonly fromSec: number; readonly untilSec: number } {
  const fromSec = sampledTime(timeSec, timestamps);
  const next = timestamps.find((t) => t > fromSec);
  return { fromSec, untilSec: next ?? fromSec + holdSec };
}

/** The points that belong to the moment `nowSec`; points without a time belong to every moment. */
export function visiblePoints(
  points: readonly Point[],
  timestamps: readonly number[],
  nowSec: number,
  holdSec: number,
): readonly Point[] {
  return points.filter((point) => {
    if (point.timeSec === undefined) return true;
    const { fromSec, untilSec } = pointSpan(point.timeSec, timestamps, holdSec);
    return nowSec >= fromSec - frameSlackSec && nowSec < untilSec - frameSlackSec;
  });
}

/**
 * A track at the moment `nowSec`: straight lines between its sampled times, resting for `holdSec` before it vanishes
 * after the last one.
 */
export function trackMoment(
  track: Track,
  timestamps: readonly number[],
  nowSec: number,
  holdSec: number,
): TrackMoment {
  const steps = track.points.map((p) => ({ x: p.x, y: p.y, timeSec: sampledTime(p.timeSec, timestamps) }));
  const path = steps.map(({ x, y }) => ({ x, y }));
  const first = steps[0];
  const last = steps.at(-1);
  if (!first || !last || nowSec < first.timeSec - frameSlackSec) return { dot: null, trail: [], path };
  if (nowSec >= last.timeSec)
    return { dot: nowSec <= last.timeSec + holdSec ? { x: last.x, y: last.y } : null, trail: path, path };
  const nextIndex = steps.findIndex((step) => step.timeSec > nowSec);
  const next = steps[nextIndex] ?? last;
  const before = steps[nextIndex - 1];
  if (!before) return { dot: { x: first.x, y: first.y }, trail: path.slice(0, 1), path };
  const share = (nowSec - before.timeSec) / (next.timeSec - before.timeSec);
  const dot = { x: before.x + (next.x - before.x) * share, y: before.y + (next.y - before.y) * share };
  return { dot, trail: [...path.slice(0, nextIndex), dot], path };
}
