// The newest frame of a <video>: of a stream or of a file that plays.

import type { FrameSource } from './frame-source.ts';

/** Gives each frame that the page presents at most once, and always the newest. */
export class VideoFrames implements FrameSource {
  readonly #video: HTMLVideoElement;
  readonly #closed = new AbortController();
  /** A frame is on the screen that was not given yet. */
  #isNew: boolean;
  #isOver = false;
  #wake: () => void = () => {};
  #handle = 0;

  constructor(video: HTMLVideoElement) {
    this.#video = video;
    // What is shown already counts.
    this.#isNew = video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA;
    this.#isOver = video.ended || video.error !== null;
    const { signal } = this.#closed;
    for (const type of ['ended', 'error', 'emptied'])
      video.addEventListener(type, () => this.#end(), { signal });
    if (!this.#isNew) this.#watch();
  }

  async next(signal?: AbortSignal): Promise<ImageBitmap | null> {
    while (!this.#isNew && !this.#isOver) await this.#change(signal);
    signal?.throwIfAborted();
    if (!this.#isNew) return null;
    this.#isNew = false;
    // Before the copy is made: a frame that is presented meanwhile counts as a new one.
    if (!this.#isOver) this.#watch();
    // Its stream was taken away or changed a moment ago.
    if (this.#video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return this.next(signal);
    return createImageBitmap(this.#video);
  }

  close(): void {
    this.#closed.abort();
    if ('requestVideoFrameCallback' in this.#video) this.#video.cancelVideoFrameCallback(this.#handle);
    else cancelAnimationFrame(this.#handle);
  }

  #end(): void {
    this.#isOver = true;
    this.#wake();
  }

  #change(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = (): void => reject(signal?.reason as Error);
      if (signal?.aborted) return stop();
      signal?.addEventListener('abort', stop, { once: true });
      this.#wake = () => {
        signal?.removeEventListener('abort', stop);
        resolve();
      };
    });
  }

  /** Notices the next frame, once. */
  #watch(): void {
    const seen = (): void => {
      this.#isNew = true;
      this.#wake();
    };
    if ('requestVideoFrameCallback' in this.#video) {
      this.#handle = this.#video.requestVideoFrameCallback(seen);
      return;
    }
    // Older Firefox does not tell of frames; the clock of the video moves with them.
    const video: HTMLVideoElement = this.#video;
    const before = video.currentTime;
    const look = (): void => {
      if (video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA && video.currentTime !== before) seen();
      else this.#handle = requestAnimationFrame(look);
    };
    this.#handle = requestAnimationFrame(look);
  }
}
