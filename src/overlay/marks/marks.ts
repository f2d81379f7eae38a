// What is marked in some media: plain data, never changed in place.

import type { MediaInfo, Point, Track } from '../../api.ts';

/** How one object looks, where it differs from others. */
export interface MarkLook {
  /** CSS colour of its own; absent: that of its layer, or one of the palette by its id. */
  readonly color?: string;
  /** Id of the layer that it is in; absent: in none. */
  readonly layer?: string;
}

/** A point as an overlay draws it. */
export interface MarkedPoint extends Point, MarkLook {}

/** A track as an overlay draws it. */
export interface MarkedTrack extends Track, MarkLook {}

/** Marks that belong together, such as the answer to one of several questions. */
export interface MarkLayer {
  /** What its marks name it by, as their `layer`; no other layer has it. */
  readonly id: string;
  /** For lists, time lines and screen readers; default the id. */
  readonly name?: string;
  /** CSS colour of those of its marks that have none of their own; default one of the palette, by its place among the layers. */
  readonly color?: string;
  /** Default true. */
  readonly visible?: boolean;
}

/** What is marked, and in which media. */
export interface Marks {
  readonly media: MediaInfo | null;
  readonly points: readonly MarkedPoint[];
  readonly tracks: readonly MarkedTrack[];
  /** Absent: none. */
  readonly layers?: readonly MarkLayer[];
}

/** Points and tracks, as an answer has them. */
export type MarkedAnswer = Pick<Marks, 'points' | 'tracks'>;

export const noMarks: Marks = { media: null, points: [], tracks: [] };
