// What crosses from the page to the worker, and what a video is once it is open. Types only.

import type { Picture } from './picture.ts';

/** A place a picture or video is read from. Paths occur in Node only. */
export type PortableFile =
  | { readonly kind: 'blob'; readonly blob: Blob }
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'path'; readonly path: string };

/** A picture that can be posted to a worker: a file still to decode, or pixels. */
export type PortableImage =
  | PortableFile
  | { readonly kind: 'bitmap'; readonly bitmap: ImageBitmap }
  | { readonly kind: 'picture'; readonly picture: Picture };

/** A video that can be posted to a worker: a file, or its sampled frames with their times in seconds. */
export type PortableVideo =
  | PortableFile
  | {
      readonly kind: 'frames';
      readonly frames: readonly PortableImage[];
      readonly timestamps: readonly number[];
    };

/** How times are chosen: the checkpoint's numbers, overridden by the user's. */
export interface FrameSampling {
  readonly maxFrames: number;
  /** Frames per second. */
  readonly maxFps: number;
  readonly mode: 'uniform_last_frame' | 'fps';
  /** Frames per second; used by the mode `fps`. */
  readonly samplingFps: number;
}

/** What to sample of a video. */
export interface VideoSampling extends FrameSampling {
  /** First moment looked at, in seconds from the first shown frame; default 0. */
  readonly startSec?: number | undefined;
  /** Last moment looked at; default the duration. */
  readonly endSec?: number | undefined;
}

/** What is known of an open video. */
interface VideoFacts {
  /** Pixels as a player shows them: after rotation, with square pixels. */
  readonly width: number;
  readonly height: number;
  /** End of the last frame minus start of the first shown one. */
  readonly durationSec: number;
  /** What is odd about the file and did not stop it from being opened, as sentences. */
  readonly notices?: readonly string[];
}

/** Chosen moments of a video. */
export interface SampledVideo {
  /** The times asked for, in seconds from `startSec`; one frame is yielded for each. */
  readonly timestamps: readonly number[];
  readonly startSec: number;
  frames(signal?: AbortSignal): AsyncGenerator<Picture>;
}

/** An open video, any part of which can be sampled, again and again; no frame is kept. Whoever opens it closes it. */
export interface WholeVideo extends VideoFacts {
  /** Whether maxFrames and maxFps choose its times: a list of frames is taken as it is. */
  readonly isSampled: boolean;
  /** Throws RangeError for a part that cannot be, `bad-request` for one behind the end. */
  sample(sampling: VideoSampling): SampledVideo;
  close(): void;
}

/** An open video whose times are chosen. Whoever opens it closes it. */
export interface VideoSource extends VideoFacts, SampledVideo {
  close(): void;
}
