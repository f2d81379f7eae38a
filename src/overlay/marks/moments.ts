// What is visible at one time of a video: which points, and how far each track has come. Pure; times in seconds,
// positions in pixels of the original picture.

import type { MediaInfo, Point, Track } from '../../api.ts';
import type { Marks } from './marks.ts';

export interface Spot {
  readonly x: number;
  readonly y: number;
}

/** Where an object was seen. */
export interface Step extends Spot {
  readonly timeSec: number;
}

/** What is on the screen: a frame, and how long it is shown at least. Both are the same while a video plays. */
export interface Shown {
  /** When the frame begins. */
  readonly timeSec: number;
  /** A moment of the same frame, as late as is known: where a paused video was sought to. */
  readonly untilSec: number;
}

/** A track at one moment. */
export interface TrackMoment {
  /** Where the object is; null before its first and after its last time. */
  readonly dot: Spot | null;
  /** How many steps are behind: these, and the dot, are the way so far. */
  readonly passed: number;
  /** Number of the step that the shown frame was sampled for; null between steps. */
  readonly step: number | null;
}

/** Answers write times with one decimal, so a sampled time may differ from the written one by this much. */
const writtenTimeSlackSec = 0.051;

/** A frame that starts within this time of a moment counts as that moment: half a frame at 30 fps. */
const frameSlackSec = 1 / 60;

/** Number of times that are at most `timeSec`; `times` ascend. */
export function countUntil(times: ArrayLike<number>, timeSec: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) <= timeSec) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The sampled time that an answer's rounded time means, or the time itself where nothing was sampled near it. */
export function sampledTime(timeSec: number, timestamps: readonly number[]): number {
  const after = countUntil(timestamps, timeSec);
  let best = timeSec;
  let bestGap = writtenTimeSlackSec;
  for (const t of timestamps.slice(Math.max(0, after - 1), after + 1)) {
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
  const next = timestamps[countUntil(timestamps, fromSec)];
  return { fromSec, untilSec: next ?? fromSec + holdSec };
}

/** Whether a point belongs to what is shown; points without a time belong to every moment. */
export function isPointShown(
  point: Point,
  timestamps: readonly number[],
  { timeSec, untilSec }: Shown,
  holdSec: number,
): boolean {
  if (point.timeSec === undefined) return true;
  const span = pointSpan(point.timeSec, timestamps, holdSec);
  return (
    untilSec >= span.fromSec - frameSlackSec && Math.max(timeSec, untilSec) < span.untilSec - frameSlackSec
  );
}

/** The steps of a track at their sampled times. */
export function trackSteps(track: Track, timestamps: readonly number[]): readonly Step[] {
  return track.points.map((p) => ({ x: p.x, y: p.y, timeSec: sampledTime(p.timeSec, timestamps) }));
}

/** A track while `shown` is on the screen: straight lines between steps, resting for `holdSec` after the last one. */
export function trackMoment(steps: readonly Step[], shown: Shown, holdSec: number): TrackMoment {
  const { timeSec, untilSec } = shown;
  const first = steps[0];
  const last = steps.at(-1);
  if (!first || !last || untilSec < first.timeSec - frameSlackSec)
    return { dot: null, passed: 0, step: null };
  let passed = 0;
  for (let high = steps.length; passed < high;) {
    const middle = (passed + high) >> 1;
    if ((steps[middle]?.timeSec ?? 0) <= timeSec) passed = middle + 1;
    else high = middle;
  }
  const before = steps[passed - 1];
  const next = steps[passed];
  const isOf = (step: Step | undefined): boolean =>
    step !== undefined && step.timeSec > timeSec - frameSlackSec && step.timeSec < untilSec + frameSlackSec;
  const step = isOf(before) ? passed - 1 : isOf(next) ? passed : null;
  if (!next) return { dot: timeSec <= last.timeSec + holdSec ? last : null, passed, step };
  if (!before) return { dot: first, passed: 0, step };
  const share = (timeSec - before.timeSec) / (next.timeSec - before.timeSec);
  const dot = { x: before.x + (next.x - before.x) * share, y: before.y + (next.y - before.y) * share };
  return { dot, passed, step };
}

/** The tracks of an answer at their sampled times; the same list for the same marks. */
export function stepsOf(marks: Marks): readonly (readonly Step[])[] {
  const known = stepsOfMarks.get(marks);
  if (known) return known;
  const made = marks.tracks.map((track) => stepsOfTrack(track, marks.media));
  stepsOfMarks.set(marks, made);
  return made;
}

// While an answer streams, marks are new with every event and most of their tracks are not.
const stepsOfMarks = new WeakMap<Marks, readonly (readonly Step[])[]>();
const stepsOfTracks = new WeakMap<Track, { media: MediaInfo | null; steps: readonly Step[] }>();

function stepsOfTrack(track: Track, media: MediaInfo | null): readonly Step[] {
  const known = stepsOfTracks.get(track);
  if (known && known.media === media) return known.steps;
  const steps = trackSteps(track, media?.timestamps ?? []);
  stepsOfTracks.set(track, { media, steps });
  return steps;
}
