// A video of which each frame can be had, whatever it is decoded with. Types only.

import type { WholeVideo } from '../media-types.ts';
import type { Orientation } from '../picture/orient.ts';

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
