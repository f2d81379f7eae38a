// Writes references the way the model's training text spells them: points and tracks in thousandths of the picture's size.

import { roundHalfEven } from './coordinates.ts';

/** A place in pixels of the original picture. */
interface Place {
  readonly x: number;
  readonly y: number;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** The points of one picture or of one moment of a video. */
export interface PointGroup extends Size {
  /** Number of the picture, from 1; or seconds. */
  readonly key: number;
  readonly points: readonly Place[];
}

/** Points of one object at its moments. */
export interface TextTrack {
  readonly id: number;
  readonly points: readonly (Place & { readonly timeSec: number })[];
}

/** A coordinate in thousandths of `size`; what lies outside the picture is moved to its edge. */
export function thousandths(coordinate: number, size: number): number {
  return Math.min(1000, Math.max(0, roundHalfEven(1000 * (coordinate / size))));
}

const digits = (value: number) => String(value).padStart(3, '0');

/**
 * Seconds with one decimal, as a video's groups are named. The nearest one of the number as it is stored, as Python rounds, so that
 * 0.05, which lies above itself in binary, is 0.1; ties, which only quarters are, go to the even one.
 */
export const secondsKey = (timeSec: number) =>
  Number.isInteger(timeSec * 4) ? (roundHalfEven(timeSec * 10) / 10).toFixed(1) : timeSec.toFixed(1);

/** A label without what would end its tag early: training text escapes nothing. */
const plainLabel = (label: string) => label.replaceAll(/[<>\n\r]/g, ' ').trim();

/**
 * `<points coords="...">label</points>`, ids counting through all groups and points in order of place; "There are none." where
 * there are none.
 */
export function pointsText(groups: readonly PointGroup[], label: string, isVideo: boolean): string {
  let id = 0;
  const parts = groups
    .filter(({ points }) => points.length > 0)
    .toSorted((a, b) => a.key - b.key)
    .map(({ key, points, width, height }) => {
      const places = points
        .map(({ x, y }) => ({ x: thousandths(x, width), y: thousandths(y, height) }))
        .toSorted((a, b) => a.x - b.x || a.y - b.y)
        .map(({ x, y }) => `${++id} ${digits(x)} ${digits(y)}`);
      return [isVideo ? secondsKey(key) : String(key), ...places].join(' ');
    });
  if (parts.length === 0) return 'There are none.';
  return `<points coords="${parts.join(';')}">${plainLabel(label)}</points>`;
}

/** The points and their number, as answers to counting questions are written. */
export function countText(groups: readonly PointGroup[], label: string, isVideo: boolean): string {
  const count = groups.reduce((sum, { points }) => sum + points.length, 0);
  const text = pointsText(groups, label, isVideo);
  return count === 0 ? text : `Counting the ${text} shows a total of ${count}.`;
}

/**
 * `<tracks coords="...">label</tracks>`: groups by time, in them by id. New ids are given in order of first appearance, at
 * one moment by place. Of several moments of an object that have one tenth of a second, the first is written. "There are none."
 * where nothing is followed.
 */
export function tracksText(tracks: readonly TextTrack[], label: string, size: Size): string {
  const moments = new Map<string, { id: number; x: number; y: number }[]>();
  const ascending = tracks
    .flatMap(({ id, points }) => points.map((point) => ({ id, ...point })))
    .toSorted((a, b) => a.timeSec - b.timeSec);
  for (const { id, timeSec, x, y } of ascending) {
    const key = secondsKey(timeSec);
    const moment = moments.get(key) ?? [];
    moments.set(key, moment);
    if (!moment.some((other) => other.id === id))
      moment.push({ id, x: thousandths(x, size.width), y: thousandths(y, size.height) });
  }
  const ids = new Map<number, number>();
  const parts = [...moments].map(([key, places]) => {
    for (const { id } of places.toSorted((a, b) => a.x - b.x || a.y - b.y))
      if (!ids.has(id)) ids.set(id, ids.size + 1);
    const written = places
      .map(({ id, x, y }) => ({ id: ids.get(id) ?? 0, x, y }))
      .toSorted((a, b) => a.id - b.id)
      .map(({ id, x, y }) => `${id} ${digits(x)} ${digits(y)}`);
    return [key, ...written].join(' ');
  });
  if (parts.length === 0) return 'There are none.';
  return `<tracks coords="${parts.join(';')}">${plainLabel(label)}</tracks>`;
}
