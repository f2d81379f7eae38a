// From the model's units to pixels of the original picture and seconds of the video.

/** Pixels of a picture or a video as it is shown. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** What an answer speaks about. `key` in its coordinates is seconds for a video and the number of a picture otherwise. */
export type PointMedia =
  | ({ readonly kind: 'image' } & Size)
  | ({ readonly kind: 'video' } & Size)
  | { readonly kind: 'multi'; readonly sizes: readonly Size[] };

/** A place as it is written: x and y are fractions of the picture times `scale`. */
export interface WrittenPoint {
  /** Seconds or the number of a picture; NaN where the text has no such number. */
  readonly key: number;
  readonly id: number | null;
  readonly x: number;
  readonly y: number;
  /** 1000 in the current grammar, 100 in the older percent forms. */
  readonly scale: 1000 | 100;
}

/** A place in pixels of the original picture. */
export interface PlacedPoint {
  /** Seconds for a video, the 1-based number of the picture otherwise; null where the text says nothing. */
  readonly key: number | null;
  readonly id: number | null;
  readonly x: number;
  readonly y: number;
}

/** The picture a key means: a single picture is meant by any key. */
function sizeFor(key: number, media: PointMedia): Size | undefined {
  if (media.kind === 'multi') return media.sizes[key - 1];
  return media.kind === 'video' && !Number.isFinite(key) ? undefined : media;
}

/** Null for a point beyond the edge, without a time in a video, or in a picture that does not exist. */
export function placedPoint(point: WrittenPoint, media: PointMedia): PlacedPoint | null {
  const size = sizeFor(point.key, media);
  if (!size || !(Math.max(point.x, point.y) <= point.scale)) return null;
  return {
    key: Number.isFinite(point.key) ? point.key : null,
    id: point.id,
    x: (point.x / point.scale) * size.width,
    y: (point.y / point.scale) * size.height,
  };
}

/** Python's round(): ties go to the even number. */
export function roundHalfEven(value: number): number {
  const low = Math.floor(value);
  return value - low === 0.5 ? low + (low % 2 === 0 ? 0 : 1) : Math.round(value);
}
