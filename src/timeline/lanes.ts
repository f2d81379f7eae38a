// What lies on a time line: a lane for each track, one for all points of a label, and how many objects are there when. Pure.

import type { MarkedObject } from '../overlay/marks/objects.ts';
import { pointSpan, sampledTime } from '../overlay/marks/moments.ts';

export interface Mark {
  readonly timeSec: number;
  /** Its object. */
  readonly key: string;
  readonly color: string;
  /** What is there, for the slider's spoken value. */
  readonly text: string;
}

export interface Lane {
  readonly isTrack: boolean;
  readonly label: string;
  /** To tell it from others: the label and, of a track, its id. */
  readonly name: string;
  readonly color: string;
  /** What it belongs to, where answers are compared; null: to none. */
  readonly layer: MarkedObject['layer'];
  readonly isVisible: boolean;
  /** The objects in it. */
  readonly keys: readonly string[];
  /** Ascending in time. */
  readonly marks: readonly Mark[];
}

function nameOf(label: string, id: number | null): string {
  return [label || 'object', id ?? ''].join(' ').trim();
}

function marksOf(object: MarkedObject, timestamps: readonly number[]): readonly Mark[] {
  const { key, color, label, id, layer } = object;
  const text = nameOf(label, id) + (layer ? `, ${layer.name}` : '');
  return object.points.flatMap(({ timeSec }): Mark[] =>
    timeSec === undefined ? [] : [{ timeSec: sampledTime(timeSec, timestamps), key, color, text }],
  );
}

/**
 * Lanes from top to bottom: points by label, then tracks; where there are layers (`order` has their ids), those of one below the
 * other. Points of pictures have no time and no lane.
 */
export function lanesOf(
  objects: readonly MarkedObject[],
  timestamps: readonly number[],
  order: readonly string[] = [],
): readonly Lane[] {
  const layers = new Set([null, ...order, ...objects.map(({ layer }) => layer?.id ?? null)]);
  return [...layers].flatMap((id) =>
    lanesOfLayer(
      objects.filter(({ layer }) => (layer?.id ?? null) === id),
      timestamps,
    ),
  );
}

function lanesOfLayer(objects: readonly MarkedObject[], timestamps: readonly number[]): readonly Lane[] {
  const points = objects.filter((o) => o.kind === 'point' && o.points.some((p) => p.timeSec !== undefined));
  const labels = [...new Set(points.map((o) => o.label))];
  const groups = labels.map((label) => points.filter((o) => o.label === label));
  const tracks = objects.filter((o) => o.kind === 'track').map((o) => [o]);
  return [...groups, ...tracks].flatMap((members): Lane[] => {
    const [first] = members;
    if (!first) return [];
    const isTrack = first.kind === 'track';
    return [
      {
        isTrack,
        label: first.label,
        name: nameOf(first.label, isTrack ? first.id : null),
        color: first.color,
        layer: first.layer,
        isVisible: members.some((o) => o.visible),
        keys: members.map((o) => o.key),
        marks: members.flatMap((o) => marksOf(o, timestamps)).sort((a, b) => a.timeSec - b.timeSec),
      },
    ];
  });
}

/** Different times of all marks, ascending: where the arrow keys stop. */
export function stopsOf(lanes: readonly Lane[]): readonly number[] {
  const times = new Set(lanes.flatMap((lane) => lane.marks.map((mark) => mark.timeSec)));
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

/** From this moment on there are so many. */
export interface Count {
  readonly timeSec: number;
  readonly count: number;
}

/** Counts of one layer, in its colour; null: in that of the text. */
export interface CountLine {
  readonly color: string | null;
  readonly counts: readonly Count[];
}

/** How many there are over time, counted in each layer for itself: two answers may mean one thing. */
export function countLines(lanes: readonly Lane[], timestamps: readonly number[]): readonly CountLine[] {
  const layers = new Map(lanes.map(({ layer }) => [layer?.id ?? null, layer?.color ?? null]));
  return [...layers].map(([id, color]) => ({
    color,
    counts: countsOf(
      lanes.filter(({ layer }) => (layer?.id ?? null) === id),
      timestamps,
    ),
  }));
}

/** How many visible objects there are over time: tracks while they last, points until the next sampled time. */
export function countsOf(lanes: readonly Lane[], timestamps: readonly number[]): readonly Count[] {
  const changes: { timeSec: number; by: number }[] = [];
  const add = (fromSec: number, untilSec: number): void => {
    changes.push({ timeSec: fromSec, by: 1 }, { timeSec: untilSec, by: -1 });
  };
  for (const { isTrack, isVisible, marks } of lanes) {
    const first = marks[0];
    const last = marks.at(-1);
    if (!isVisible || !first || !last) continue;
    if (isTrack) add(first.timeSec, pointSpan(last.timeSec, timestamps, 0.25).untilSec);
    else
      for (const mark of marks) {
        const { fromSec, untilSec } = pointSpan(mark.timeSec, timestamps, 0.5);
        add(fromSec, untilSec);
      }
  }
  changes.sort((a, b) => a.timeSec - b.timeSec);
  const counts: Count[] = [];
  let count = 0;
  for (const { timeSec, by } of changes) {
    count += by;
    if (counts.at(-1)?.timeSec === timeSec) counts.pop();
    counts.push({ timeSec, count });
  }
  return counts;
}
