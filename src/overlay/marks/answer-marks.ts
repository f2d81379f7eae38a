// Gathers what an answer points at from its events: early points and tracks while the text streams, the final ones
// when it is done.

import type { AskEvent, MediaInfo, Point, Track } from '../../api.ts';

/** How one object looks, where it differs from others. */
export interface MarkLook {
  /** CSS colour of its own; absent: one of the palette by its id. */
  readonly color?: string;
}

/** A point as an overlay draws it. */
export interface MarkedPoint extends Point, MarkLook {}

/** A track as an overlay draws it. */
export interface MarkedTrack extends Track, MarkLook {}

/** What is marked, and in which media. */
export interface Marks {
  readonly media: MediaInfo | null;
  readonly points: readonly MarkedPoint[];
  readonly tracks: readonly MarkedTrack[];
}

/** Points and tracks, as an answer has them. */
export type MarkedAnswer = Pick<Marks, 'points' | 'tracks'>;

export const noMarks: Marks = { media: null, points: [], tracks: [] };

/** A track grows by being sent again, longer; its label may arrive only at the end. */
function withTrack(tracks: readonly Track[], track: Track): readonly Track[] {
  const at = tracks.findLastIndex(
    (t) => t.id === track.id && (t.label === track.label || t.label === '' || track.label === ''),
  );
  return at < 0 ? [...tracks, track] : tracks.with(at, track);
}

export function withAnswer(marks: Marks, answer: MarkedAnswer): Marks {
  return { ...marks, points: answer.points, tracks: answer.tracks };
}

/** The marks after one more event. Events that show nothing leave them as they are. */
export function withEvent(marks: Marks, event: AskEvent): Marks {
  switch (event.type) {
    case 'media':
      return { ...marks, media: event.media };
    case 'point':
      return { ...marks, points: [...marks.points, event.point] };
    case 'track':
      return { ...marks, tracks: withTrack(marks.tracks, event.track) };
    case 'done':
      return withAnswer(marks, event.answer);
    case 'progress':
    case 'notice':
    case 'text':
    case 'count':
    case 'trace':
      return marks;
  }
}
