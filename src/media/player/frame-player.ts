// The page's own player, asked for one frame after the other. Types only.

/** A frame as the player shows it: upright, with square pixels. */
export interface PlayedFrame {
  /** Closed by whoever gets it. */
  readonly bitmap: ImageBitmap;
  /** When it begins on the player's clock; null where the browser does not tell. */
  readonly startSec: number | null;
}

/** Where what the player shows begins and ends on its clock. */
export interface PlayedSpan {
  readonly firstSec: number;
  readonly endSec: number;
}

/** A file in the page's own player. Whoever opens one closes it. */
export interface FramePlayer {
  /** Pixels as they are shown. */
  readonly width: number;
  readonly height: number;
  /** The frame that is shown at this moment of the player's clock. Throws where the player fails or says nothing for too long. */
  frameAt(momentSec: number, signal?: AbortSignal): Promise<PlayedFrame>;
  /** Looks for both ends: recordings do not say how long they are, and headers count sound. */
  span(signal?: AbortSignal): Promise<PlayedSpan>;
  close(): void;
}
