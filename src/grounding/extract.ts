// Reads a complete answer the way the published evaluations do: the current grammar, and when that yields nothing the
// older forms. Tags in another spelling than theirs are read as AnswerStream reads them. For evaluations; answers that
// are shown while they are written go through AnswerStream.

import { placedPoint, roundHalfEven, type PlacedPoint, type PointMedia, type Size } from './coordinates.ts';
import type { WrittenPoint } from './coordinates.ts';
import { legacyBlockPoints, legacyImagePoints, legacyTrackPoints } from './legacy-points.ts';
import { parsePoints } from './parse-points.ts';
import { readTags, type ReadTag } from './tag-reader.ts';

/** Which grammar the result comes from. */
export type ExtractPath = 'unified' | 'legacy' | 'none';

/** The points of a complete text. */
export interface ExtractedPoints {
  readonly path: ExtractPath;
  /** In text order, in pixels of the original picture. `key` is seconds or the number of the picture. */
  readonly points: readonly PlacedPoint[];
}

/** What is where at one moment. */
export interface TrackFrame {
  readonly timeSec: number;
  /** round(timeSec * fps), ties to even. */
  readonly frame: number;
  /** In text order; the first of several points with the same id. */
  readonly points: readonly { readonly id: number | null; readonly x: number; readonly y: number }[];
}

/** The tracks of a complete text. */
export interface ExtractedTracks {
  readonly path: ExtractPath;
  /** Ascending in time. */
  readonly frames: readonly TrackFrame[];
  /** Every point in text order, repeated ids included; `key` is seconds. */
  readonly points: readonly PlacedPoint[];
}

interface Grammar {
  readonly legacy: (text: string, inTags: readonly WrittenPoint[]) => readonly WrittenPoint[];
  /** Groups of a tag whose separators have a blank behind them do not exist, as published cases say of it. */
  readonly hidesGroups?: boolean;
}

function isSamePlaces(a: readonly PlacedPoint[], b: readonly PlacedPoint[]): boolean {
  return a.length === b.length && a.every(({ x, y }, i) => x === b[i]?.x && y === b[i].y);
}

function extract(text: string, media: PointMedia, { legacy, hidesGroups }: Grammar): ExtractedPoints {
  const placed = (points: readonly WrittenPoint[]) =>
    points.map((point) => placedPoint(point, media)).filter((point) => point !== null);
  const tags = readTags(text).filter(({ isClosed }) => isClosed);
  const inTags = (form: ReadTag['form']) =>
    tags.filter((tag) => tag.form === form).flatMap(({ points }) => points);
  // Answers that are spelled as in training are read as the published evaluations read them, to the letter.
  const hasOdd = tags.some((tag) => tag.form === 'coords' && (tag.odd || (tag.hidesGroups && !hidesGroups)));
  const current = placed(hasOdd ? inTags('coords') : parsePoints(text));
  if (current.length > 0 && !hasOdd) return { path: 'unified', points: current };
  const older = placed(legacy(text, inTags('attributes')));
  if (current.length === 0) return { path: older.length > 0 ? 'legacy' : 'none', points: older };
  // What the published evaluations find by an older form is named so, with the ids that only the tag has.
  return { path: isSamePlaces(current, older) ? 'legacy' : 'unified', points: current };
}

/**
 * The points of an answer about one picture, several pictures or a video. Tags are read in every spelling that the
 * events of an answer are read in; see docs/answer-text.md for the older forms that are read only here.
 */
export function extractPoints(text: string, media: PointMedia): ExtractedPoints {
  if (media.kind === 'image') return extract(text, media, { legacy: legacyImagePoints });
  return extract(text, media, { legacy: legacyBlockPoints, hidesGroups: media.kind === 'video' });
}

/** The tracks of an answer about a video of `fps` frames per second. The tag may be `<tracks` or `<points`. */
export function extractTracks(text: string, video: Size & { readonly fps: number }): ExtractedTracks {
  const media = { kind: 'video', width: video.width, height: video.height } as const;
  const { path, points } = extract(text, media, { legacy: legacyTrackPoints });
  const frames = new Map<number, Map<number | null, PlacedPoint>>();
  for (const point of points) {
    const timeSec = point.key ?? 0;
    const frame = frames.get(timeSec) ?? new Map<number | null, PlacedPoint>();
    frames.set(timeSec, frame);
    if (!frame.has(point.id)) frame.set(point.id, point);
  }
  return {
    path,
    points,
    frames: [...frames]
      .sort(([a], [b]) => a - b)
      .map(([timeSec, frame]) => ({
        timeSec,
        frame: roundHalfEven(timeSec * video.fps),
        points: Array.from(frame.values(), ({ id, x, y }) => ({ id, x, y })),
      })),
  };
}
