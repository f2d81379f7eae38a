// Tells which moment of a video is on the screen, and calls back whenever that changes.

/** Follows one video until `signal` aborts. */
export class FrameClock {
  readonly #video: HTMLVideoElement;
  readonly #onFrame: () => void;
  /** Time of the frame that the browser presented last; null where it does not tell. */
  #presentedSec: number | null = null;

  constructor(video: HTMLVideoElement, onFrame: () => void, signal: AbortSignal) {
    this.#video = video;
    this.#onFrame = onFrame;
    // While a video plays, the presented frame is the truth; `currentTime` runs ahead of it.
    if ('requestVideoFrameCallback' in video) this.#followFrames(signal);
    else this.#followPaints(signal);
    for (const type of ['seeked', 'pause', 'ended', 'timeupdate', 'loadeddata', 'emptied'])
      video.addEventListener(type, onFrame, { signal });
    video.addEventListener('emptied', () => (this.#presentedSec = null), { signal });
  }

  /** Seconds of the video that the picture on the screen belongs to. */
  get timeSec(): number {
    const video = this.#video;
    if (this.#presentedSec === null) return video.currentTime;
    // A paused video shows the frame at its current time; until a seek is over it still shows the frame before.
    return video.paused && !video.seeking ? video.currentTime : this.#presentedSec;
  }

  #followFrames(signal: AbortSignal): void {
    const follow = (_now: number, frame: VideoFrameCallbackMetadata): void => {
      this.#presentedSec = frame.mediaTime;
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
