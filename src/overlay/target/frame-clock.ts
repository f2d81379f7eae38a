// Tells which moment of a video is on the screen, and calls back whenever that changes.

import type { Shown } from '../marks/moments.ts';

/** A paused video may show one frame for long; one that is further away belongs to a place it was before. */
const longestFrameSec = 2;

/** Follows one video until `signal` aborts. */
export class FrameClock {
  readonly #video: HTMLVideoElement;
  readonly #onFrame: () => void;
  /** Time of the frame that the browser presented last; null where it does not tell. */
  #presentedSec: number | null = null;
  /** A seek began since that frame. */
  #isOld = false;

  constructor(video: HTMLVideoElement, onFrame: () => void, signal: AbortSignal) {
    this.#video = video;
    this.#onFrame = onFrame;
    // First of all, so that what is drawn at the end of a seek knows of it.
    video.addEventListener('seeking', () => (this.#isOld = true), { signal });
    video.addEventListener('emptied', () => (this.#presentedSec = null), { signal });
    // While a video plays, the presented frame is the truth; `currentTime` runs ahead of it.
    if ('requestVideoFrameCallback' in video) this.#followFrames(signal);
    else this.#followPaints(signal);
    for (const type of ['seeked', 'pause', 'ended', 'timeupdate', 'loadeddata', 'emptied'])
      video.addEventListener(type, onFrame, { signal });
  }

  /** When the frame on the screen begins, and the latest moment that is known to be of it. */
  get shown(): Shown {
    const { currentTime, paused, seeking } = this.#video;
    const presented = this.#presentedSec;
    if (presented === null) return { timeSec: currentTime, untilSec: currentTime };
    // Until a seek is over, the frame before is shown.
    if (!paused || seeking) return { timeSec: presented, untilSec: presented };
    const isOfNow = presented <= currentTime + 0.1 && currentTime < presented + longestFrameSec;
    if (this.#isOld || !isOfNow) return { timeSec: currentTime, untilSec: currentTime };
    return { timeSec: presented, untilSec: Math.max(presented, currentTime) };
  }

  #followFrames(signal: AbortSignal): void {
    const follow = (_now: number, frame: VideoFrameCallbackMetadata): void => {
      this.#presentedSec = frame.mediaTime;
      this.#isOld = false;
      this.#onFrame();
      handle = this.#video.requestVideoFrameCallback(follow);
    };
    let handle = this.#video.requestVideoFrameCallback(follow);
    signal.addEventListener('abort', () => this.#video.cancelVideoFrameCallback(handle), { once: true });
  }

  #followPaints(signal: AbortSignal): void {
    let handle = 0;
    const follow = (): void => {
      this.#onFrame();
      handle = this.#video.paused ? 0 : requestAnimationFrame(follow);
    };
    const start = (): void => {
      if (handle === 0) follow();
    };
    this.#video.addEventListener('play', start, { signal });
    signal.addEventListener('abort', () => cancelAnimationFrame(handle), { once: true });
    if (!this.#video.paused) start();
  }
}
