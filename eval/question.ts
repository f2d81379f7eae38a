// What a model is asked and what would be right: plain data that readers and generators make and that metrics compare answers
// with. All coordinates are pixels of the original picture or video, with (0, 0) at the top left corner; times are seconds from
// the start of the video. Numbers of pictures start at 1, as in answers.

/** A picture or video: a path or URL, or the file itself. */
export type MediaSource = string | Blob;

/** Pictures that are the frames of a clip, with the time of each in seconds, ascending. */
export interface FrameSource {
  readonly frames: readonly MediaSource[];
  readonly timestamps: readonly number[];
}

/** What the question is about. `width` and `height` are what the coordinates of the reference refer to, in pixels. */
export type QuestionMedia =
  | { readonly kind: 'none' }
  | { readonly kind: 'images'; readonly images: readonly SizedPicture[] }
  | {
      readonly kind: 'video';
      readonly video: MediaSource | FrameSource;
      readonly width: number;
      readonly height: number;
      readonly durationSec: number;
    };

export interface SizedPicture {
  readonly source: MediaSource;
  readonly width: number;
  readonly height: number;
}

/**
 * The pixels of one object, run-length coded as COCO does without compression: pixels are taken column by column, each from top
 * to bottom, and `counts` are the lengths of the runs outside and inside in turn, the first of them outside (0 where the first
 * pixel is inside). They add up to width * height.
 */
export interface Mask {
  readonly width: number;
  readonly height: number;
  readonly counts: readonly number[];
}

/** A rectangle: its left and top edge, and its extent. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Where an object is in a picture. With a mask, an answer's point is right where it lies in the mask. */
export interface ReferencePoint {
  readonly x: number;
  readonly y: number;
  readonly mask?: Mask;
}

/** An object in one of the pictures, or in the only one. */
export interface PicturePoint extends ReferencePoint {
  /** 1-based. */
  readonly image: number;
}

/**
 * An object to be pointed at once in a video. `timeSec` is the moment that is right best; `masks` are where the object is at
 * other moments that are right as well, each of the video's size.
 */
export interface VideoPoint extends ReferencePoint {
  readonly timeSec: number;
  readonly masks?: readonly { readonly timeSec: number; readonly mask: Mask }[];
}

/** Where an object is at one moment; by its box where only that is known, whose centre x and y then are. */
export interface TrackMoment extends ReferencePoint {
  readonly timeSec: number;
  readonly box?: Box;
}

/** The way of one object, ascending in time; moments where it is not seen are missing. */
export interface ReferenceTrack {
  readonly id: number;
  readonly moments: readonly TrackMoment[];
}

/** What would be the right answer. */
export type Reference =
  | { readonly kind: 'points'; readonly points: readonly PicturePoint[] }
  | { readonly kind: 'count'; readonly count: number }
  | { readonly kind: 'video-points'; readonly points: readonly VideoPoint[] }
  /** `timesSec`, ascending, are the moments that were annotated; default all that some track has. */
  | {
      readonly kind: 'tracks';
      readonly tracks: readonly ReferenceTrack[];
      readonly timesSec?: readonly number[];
    }
  /** `choices` as the prompt names them A, B, C ...; `right` counts from 0. */
  | { readonly kind: 'choice'; readonly choices: readonly string[]; readonly right: number }
  /** Accepted answers; several annotators' answers may be the same. */
  | { readonly kind: 'short'; readonly answers: readonly string[] }
  /** Statements that a caption should make, and may make. */
  | { readonly kind: 'caption'; readonly statements: readonly string[] };

export type QuestionKind = Reference['kind'];

/** One question with its reference. */
export interface Question {
  /** Unique in its file or set. */
  readonly id: string;
  readonly media: QuestionMedia;
  readonly prompt: string;
  /** A training style such as `pointing`; default none. */
  readonly style?: string;
  /** What it is about as a word or two, where the prompt was made from it. */
  readonly label?: string;
  /** Groups of questions that are also scored on their own, such as `affordable` or `0-4 objects`. */
  readonly category?: string;
  readonly reference: Reference;
}
