// Tracks of window after window -> tracks of the whole video, joined by where they are in the overlap of two windows.

import type { TimeWindow, Track } from '../../api.ts';
import { cheapestPairs } from './nearest.ts';

type Place = Track['points'][number];

/** Pixels of the video. */
export interface FrameSize {
  readonly width: number;
  readonly height: number;
}

/** Two tracks may be one where they are apart by this share of the picture at most, on average over the overlap. */
export const nearShare = 0.1;
/** Times that differ by less are the same: they are printed with few digits. */
export const sameTimeSec = 0.06;

/** How far two places are apart, as a share of the picture. */
export function apart(
  a: Omit<Place, 'timeSec'>,
  b: Omit<Place, 'timeSec'>,
  { width, height }: FrameSize,
): number {
  return Math.hypot((a.x - b.x) / width, (a.y - b.y) / height);
}

const wordsOf = (label: string) => new Set(label.toLowerCase().match(/[^\s\p{P}]+/gu));

/**
 * Labels are what the model calls things, and it may say less of one from window to window ("red triangle", then "triangle"): they are
 * the same where one has no word that the other lacks. Capitals and what stands between words are chance.
 */
export function sameLabel(a: string, b: string): boolean {
  const [one, other] = [wordsOf(a), wordsOf(b)];
  return [...one].every((word) => other.has(word)) || [...other].every((word) => one.has(word));
}

/** Of two labels of one thing, what says more; the first where neither does. */
const fuller = (a: string, b: string) => (wordsOf(b).size > wordsOf(a).size ? b : a);

/** Where a track is at a time between its points; null outside of them. */
function placeAt(points: readonly Place[], timeSec: number): Omit<Place, 'timeSec'> | null {
  const after = points.findIndex((point) => point.timeSec >= timeSec - sameTimeSec);
  const [before, next] = [points[after - 1], points[after]];
  if (!next) return null;
  if (Math.abs(next.timeSec - timeSec) <= sameTimeSec) return next;
  if (!before) return null;
  const share = (timeSec - before.timeSec) / (next.timeSec - before.timeSec);
  return { x: before.x + share * (next.x - before.x), y: before.y + share * (next.y - before.y) };
}

/** Mean distance of two tracks at the times of the second that the first has, too; Infinity where they share none. */
function distance(known: readonly Place[], found: readonly Place[], size: FrameSize): number {
  let sum = 0;
  let shared = 0;
  for (const point of found) {
    const place = placeAt(known, point.timeSec);
    if (!place) continue;
    sum += apart(place, point, size);
    shared += 1;
  }
  return shared === 0 ? Infinity : sum / shared;
}

export class TrackJoiner {
  readonly #size: FrameSize;
  readonly #tracks: Track[] = [];
  /** Places in the list of the tracks that the window before had. */
  #open: readonly number[] = [];

  constructor(size: FrameSize) {
    this.#size = size;
  }

  /** All tracks so far, numbered from 1 as they were found. */
  get tracks(): readonly Track[] {
    return this.#tracks;
  }

  /** Takes the tracks of the next window, and returns those of the whole video that it began or went on with. */
  add(found: readonly Track[], { startSec }: TimeWindow): readonly Track[] {
    const known = this.#open.map((place) => {
      const points = this.#tracks[place]?.points ?? [];
      return points.filter(({ timeSec }) => timeSec >= startSec - 1);
    });
    const cost = (row: number, column: number) => {
      const [a, b] = [this.#tracks[this.#open[row] ?? -1], found[column]];
      if (!a || !b || !sameLabel(a.label, b.label)) return Infinity;
      return distance(known[row] ?? [], b.points, this.#size);
    };
    const pairs = cheapestPairs(cost, this.#open.length, found.length, nearShare);
    this.#open = found.map((track, column) => {
      const [row] = pairs.find(([, own]) => own === column) ?? [];
      return row === undefined ? this.#begin(track) : this.#goOn(this.#open[row] ?? -1, track);
    });
    return this.#open.flatMap((place) => this.#tracks[place] ?? []);
  }

  #begin({ label, points }: Track): number {
    return this.#tracks.push({ id: this.#tracks.length + 1, label, points: [...points] }) - 1;
  }

  /** What was told of the overlap stays: new points are those behind it. */
  #goOn(place: number, { label, points }: Track): number {
    const known = this.#tracks[place];
    if (!known) return place;
    const lastSec = known.points.at(-1)?.timeSec ?? -Infinity;
    const later = points.filter(({ timeSec }) => timeSec > lastSec + sameTimeSec);
    this.#tracks[place] = {
      ...known,
      label: fuller(known.label, label),
      points: [...known.points, ...later],
    };
    return place;
  }
}
