// Which marks lie on the time line: one lane for the points, one for each track. Pure.

import type { Point, Track } from '../src/index.ts';

export interface Mark {
  readonly timeSec: number;
  readonly id: number | null;
  /** What is there, for the slider's spoken value. */
  readonly text: string;
}

export interface Lane {
  /** Tracks are drawn as a line from their first to their last mark. */
  readonly isTrack: boolean;
  readonly marks: readonly Mark[];
}

function nameOf(label: string, id: number | null): string {
  return [label || 'object', id ?? ''].join(' ').trim();
}

/** Lanes from top to bottom; marks ascend in time. */
export function lanes(points: readonly Point[], tracks: readonly Track[]): readonly Lane[] {
  const marks = points
    .flatMap((p): Mark[] =>
      p.timeSec === undefined ? [] : [{ timeSec: p.timeSec, id: p.id, text: nameOf(p.label, p.id) }],
    )
    .sort((a, b) => a.timeSec - b.timeSec);
  const ofTracks = tracks.map((track): Lane => ({
    isTrack: true,
    marks: track.points.map((p) => ({
      timeSec: p.timeSec,
      id: track.id,
      text: nameOf(track.label, track.id),
    })),
  }));
  return [...(marks.length > 0 ? [{ isTrack: false, marks }] : []), ...ofTracks];
}

/** Different times of all marks, ascending: where the arrow keys stop. */
export function stops(all: readonly Lane[]): readonly number[] {
  const times = new Set(all.flatMap((lane) => lane.marks.map((mark) => mark.timeSec)));
  return [...times].sort((a, b) => a - b);
}

/** The next stop after `nowSec`, or before it; the ends of the video where there is none. */
export function nextStop(
  times: readonly number[],
  nowSec: number,
  direction: 1 | -1,
  durationSec: number,
): number {
  const slack = 0.02;
  if (direction > 0) return times.find((t) => t > nowSec + slack) ?? durationSec;
  return times.findLast((t) => t < nowSec - slack) ?? 0;
}
