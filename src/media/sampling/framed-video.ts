// A video of which each frame can be had, whatever it is decoded with. Types only.

import type { WholeVideo } from '../media-types.ts';
import type { Orientation } from '../picture/orient.ts';
import type { Picture } from '../picture.ts';
import type { SamplingPlan } from './frame-times.ts';

/** A frame while it is shown. */
export interface TimedFrame {
  /** Before rotation; closed once the next one is asked for. */
  readonly frame: VideoFrame;
  /** Seconds in the container's own time, which a player calls its current time. */
  readonly startSec: number;
  readonly endSec: number;
}

export interface FramedVideo extends WholeVideo {
  /** How its frames are turned to stand upright. */
  readonly orientation: Orientation;
  readonly frameCount: number;
  /** All frames in the order of showing. */
  everyFrame(signal?: AbortSignal): AsyncGenerator<TimedFrame>;
}

/** What gets frames out of a file whose times are known. */
export interface FrameReader {
  readonly width: number;
  readonly height: number;
  readonly orientation: Orientation;
  /** What is odd about the way, as a sentence. */
  readonly notice?: string;
  pictures(plan: SamplingPlan, signal?: AbortSignal): AsyncGenerator<Picture>;
  everyFrame(signal?: AbortSignal): AsyncGenerator<TimedFrame>;
  close?(): void;
}
