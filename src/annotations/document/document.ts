// The annotation document: what is where and when in pictures or a video, as plain data that an app keeps, edits and exports.
// Nothing here is ever changed in place, so that a document of before is a document still.

import type { MediaInfo } from '../../api.ts';

/** Who says that an object is there: the model, a person, or the straight line between its neighbours. */
export type PointOrigin = 'sampled' | 'made' | 'interpolated';

/** One place of an object. */
export interface AnnotationPoint {
  /** Pixels of the original picture, from its left and upper edge. */
  readonly x: number;
  readonly y: number;
  /** 1-based number of the picture; absent in a video. */
  readonly image?: number;
  /** Seconds from the start of the video; absent for pictures. */
  readonly timeSec?: number;
  readonly origin: PointOrigin;
}

/** Something that was pointed at or followed. */
export interface AnnotationObject {
  /** A whole number from 1 to `largestId`, unique in its document. */
  readonly id: number;
  readonly label: string;
  /**
   * `points`: places that stand for themselves, in a video each until the next sampled time. `track`: one way through a video,
   * with at most one place at a time and straight lines between them.
   */
  readonly kind: 'points' | 'track';
  readonly visible: boolean;
  /** `#rrggbb`; null: a colour by its id. */
  readonly color: string | null;
  /** Ascending in pictures or times; at least one. */
  readonly points: readonly AnnotationPoint[];
}

/** A picture, or the video. */
export interface AnnotatedFile {
  readonly name: string;
  /** Pixels as they are shown, after rotation. */
  readonly width: number;
  readonly height: number;
}

/** What the objects are in. */
export interface AnnotationMedia {
  readonly kind: 'images' | 'video';
  /** The pictures in their order; or the video alone. */
  readonly files: readonly AnnotatedFile[];
  /** Seconds of the frames that the model saw, ascending; empty for pictures, or where nothing was asked yet. */
  readonly timestamps: readonly number[];
  /** null for pictures, and where it is not known. */
  readonly durationSec: number | null;
}

/** A question and what the model answered. */
export interface AskedText {
  readonly prompt: string;
  readonly text: string;
}

/** What is marked in some media, as plain data; never changed in place. */
export interface AnnotationDocument {
  readonly media: AnnotationMedia;
  /** What the objects come from; empty where all of them were made by hand. */
  readonly asked: readonly AskedText[];
  /** In the order in which they came to be. */
  readonly objects: readonly AnnotationObject[];
}

/** The media of an event `media`, with the names of their files. */
export function annotationMedia(info: MediaInfo, names: readonly string[]): AnnotationMedia {
  const isVideo = info.kind === 'video';
  const fallback = (i: number) => (isVideo ? 'video' : `picture-${i + 1}`);
  return {
    kind: isVideo ? 'video' : 'images',
    files: info.sizes.map(({ width, height }, i) => ({ name: names[i] ?? fallback(i), width, height })),
    timestamps: isVideo ? [...info.timestamps] : [],
    durationSec: isVideo ? info.durationSec : null,
  };
}

/** The picture that a point is in, or the video; undefined where there is none of this number. */
export function fileOf(
  media: AnnotationMedia,
  point: { readonly image?: number },
): AnnotatedFile | undefined {
  return media.files[media.kind === 'video' ? 0 : (point.image ?? 1) - 1];
}

/** Behind it there is room for as many new objects as anybody makes: beyond 2^53 numbers are no longer told apart. */
export const largestId = 1_000_000_000;

/** What points are in order by: the number of the picture, or seconds. */
export function placeKey(point: { readonly image?: number; readonly timeSec?: number }): number {
  return point.timeSec ?? point.image ?? 1;
}

/** The smallest number that no object has yet and that is larger than all. */
export function nextId(objects: readonly AnnotationObject[]): number {
  return objects.reduce((most, { id }) => Math.max(most, id), 0) + 1;
}
