// Changes of an answer by hand. Pure: marks and a change in, other marks out, so that whoever keeps both can undo it.

import type { MarkedPoint, MarkedTrack, Marks } from './marks.ts';
import { objectKey } from './objects.ts';

/** A change. Positions are pixels of the original, times seconds of the video; indices are those of `points` and `tracks`. */
export type Edit =
  | {
      readonly action: 'move';
      readonly kind: 'point';
      readonly index: number;
      readonly x: number;
      readonly y: number;
    }
  /** Puts the object there at that time: moves the step of this time, or adds one. */
  | {
      readonly action: 'move';
      readonly kind: 'track';
      readonly index: number;
      readonly timeSec: number;
      readonly x: number;
      readonly y: number;
    }
  | { readonly action: 'add'; readonly kind: 'point'; readonly point: MarkedPoint }
  | { readonly action: 'add'; readonly kind: 'track'; readonly track: MarkedTrack }
  /** Deletes a point; or the step of a track at a time, or without one the whole track. The last step takes it along. */
  | {
      readonly action: 'delete';
      readonly kind: 'point' | 'track';
      readonly index: number;
      readonly timeSec?: number;
    }
  | { readonly action: 'rename'; readonly keys: readonly string[]; readonly label: string }
  /** A CSS colour of their own; null: that of the palette. */
  | { readonly action: 'recolor'; readonly keys: readonly string[]; readonly color: string | null };

/** Times of steps that are the same when written with the decimals that answers have. */
const sameTimeSec = 1 / 60;

function without<T>(list: readonly T[], index: number): readonly T[] {
  return list.filter((_, i) => i !== index);
}

function withStep(track: MarkedTrack, step: MarkedTrack['points'][number]): MarkedTrack {
  const others = track.points.filter((p) => Math.abs(p.timeSec - step.timeSec) >= sameTimeSec);
  return { ...track, points: [...others, step].sort((a, b) => a.timeSec - b.timeSec) };
}

function withoutStep(marks: Marks, index: number, timeSec: number | undefined): readonly MarkedTrack[] {
  const track = marks.tracks[index];
  if (!track || timeSec === undefined) return without(marks.tracks, index);
  const points = track.points.filter((p) => Math.abs(p.timeSec - timeSec) >= sameTimeSec);
  return points.length === 0 ? without(marks.tracks, index) : marks.tracks.with(index, { ...track, points });
}

function recolored<T extends MarkedPoint | MarkedTrack>(item: T, color: string | null): T {
  const { color: _, ...plain } = item;
  return (color === null ? plain : { ...plain, color }) as T;
}

type Same = <T extends MarkedPoint | MarkedTrack>(item: T) => T;

/** With something else in place of the objects of these keys. */
function changed(marks: Marks, keys: readonly string[], change: Same): Marks {
  const one = <T extends MarkedPoint | MarkedTrack>(kind: 'point' | 'track', item: T, i: number): T =>
    keys.includes(objectKey(kind, i, item)) ? change(item) : item;
  const points = marks.points.map((point, i) => one('point', point, i));
  return { ...marks, points, tracks: marks.tracks.map((track, i) => one('track', track, i)) };
}

/** The marks after a change; the same ones where it names something that is not there. */
export function withEdit(marks: Marks, edit: Edit): Marks {
  switch (edit.action) {
    case 'add':
      return edit.kind === 'point'
        ? { ...marks, points: [...marks.points, edit.point] }
        : { ...marks, tracks: [...marks.tracks, edit.track] };
    case 'move': {
      const { x, y } = edit;
      if (edit.kind === 'point') {
        const point = marks.points[edit.index];
        return point ? { ...marks, points: marks.points.with(edit.index, { ...point, x, y }) } : marks;
      }
      const track = marks.tracks[edit.index];
      if (!track) return marks;
      const moved = withStep(track, { timeSec: edit.timeSec, x, y });
      return { ...marks, tracks: marks.tracks.with(edit.index, moved) };
    }
    case 'delete':
      if (edit.kind === 'point') return { ...marks, points: without(marks.points, edit.index) };
      return { ...marks, tracks: withoutStep(marks, edit.index, edit.timeSec) };
    case 'rename':
      return changed(marks, edit.keys, (item) => ({ ...item, label: edit.label }));
    case 'recolor':
      return changed(marks, edit.keys, (item) => recolored(item, edit.color));
  }
}
