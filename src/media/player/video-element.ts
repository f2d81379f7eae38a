// A hidden <video> as a player of single frames: it is sought, and what it presents is drawn. Sought moments queue up, as the
// element has one place only.

import { unlessAborted } from '../../abort.ts';
import { SilenceWatch } from '../silence-watch.ts';
import type { FramePlayer, PlayedFrame, PlayedSpan } from './frame-player.ts';

/** How long a frame is waited for that the seek has found already; pages that nobody sees present none. */
const mostPresentingMs = 1000;
/** Browsers jump to the end instead, which they learn of on the way. */
const beyondAnyEndSec = 1e7;
/** A file whose length is a guess gets longer while its end is looked for. */
const mostEndSeeks = 8;
const mostGrowingMs = 200;
/** More than the clock of any player rounds by, less than any frame lasts. */
const instantSec = 1e-4;

class VideoElementPlayer implements FramePlayer {
  readonly #video: HTMLVideoElement;
  readonly #canvas: OffscreenCanvas;
  readonly #release: () => void;
  readonly #closing = new AbortController();
  #turn: Promise<unknown> = Promise.resolve();
  /** The moment that was reached last, and when the frame begins that was presented for it. */
  #reached: { readonly momentSec: number; readonly startSec: number | null };

  /** `firstSec` is when the frame begins that opening presented. */
  constructor(video: HTMLVideoElement, firstSec: number | null, release: () => void) {
    this.#reached = { momentSec: 0, startSec: firstSec };
    this.#video = video;
    this.#canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
    this.#release = release;
  }

  get width(): number {
    return this.#canvas.width;
  }

  get height(): number {
    return this.#canvas.height;
  }

  frameAt(momentSec: number, signal?: AbortSignal): Promise<PlayedFrame> {
    return this.#next(async (either) => {
      const startSec = await this.#reach(momentSec);
      either.throwIfAborted();
      return { bitmap: this.#drawn(), startSec };
    }, signal);
  }

  span(signal?: AbortSignal): Promise<PlayedSpan> {
    return this.#next(async () => {
      const firstSec = (await this.#reach(0)) ?? 0;
      this.#reached = { momentSec: NaN, startSec: null };
      const lastSec = await this.#lastFrame();
      const { duration } = this.#video;
      if (lastSec === null) return { firstSec, endSec: duration };
      // A last frame lasts as long as the one before it; one alone as long as the file.
      const beforeSec = lastSec > firstSec ? await this.#seek(lastSec - instantSec) : null;
      return { firstSec, endSec: beforeSec === null ? duration : lastSec + (lastSec - beforeSec) };
    }, signal);
  }

  close(): void {
    this.#closing.abort(new Error('the player was closed'));
    this.#release();
  }

  /** When the last frame begins; null where the browser does not tell. */
  async #lastFrame(): Promise<number | null> {
    let startSec: number | null = null;
    for (let i = 0; i < mostEndSeeks; i++) {
      startSec = await this.#seek(beyondAnyEndSec);
      if (this.#video.currentTime > this.#video.duration - instantSec) break;
    }
    return startSec;
  }

  /** Does one thing at a time; what was aborted is over before the next begins. */
  #next<T>(work: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const either = signal ? AbortSignal.any([signal, this.#closing.signal]) : this.#closing.signal;
    const mine = this.#turn.then(() => {
      either.throwIfAborted();
      return work(either);
    });
    this.#turn = mine.catch(() => {});
    return unlessAborted(mine, either);
  }

  /** Goes to a moment; resolves to when the frame there begins. */
  async #reach(momentSec: number): Promise<number | null> {
    // Nothing new would be presented.
    if (momentSec === this.#reached.momentSec) return this.#reached.startSec;
    this.#reached = { momentSec: NaN, startSec: null };
    let startSec = await this.#seek(momentSec);
    // Nobody gets behind the end; but one that is a guess moves on.
    for (let i = 0; i < mostEndSeeks && this.#video.currentTime < momentSec - instantSec; i++) {
      if (!(await this.#isLonger(this.#video.currentTime))) break;
      startSec = await this.#seek(momentSec);
    }
    this.#reached = { momentSec, startSec };
    return startSec;
  }

  async #isLonger(thanSec: number): Promise<boolean> {
    for (let waitedMs = 0; waitedMs < mostGrowingMs; waitedMs += 20) {
      if (this.#video.duration > thanSec + instantSec) return true;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return false;
  }

  async #seek(momentSec: number): Promise<number | null> {
    const leaving = new AbortController();
    const presented = presentedSec(this.#video, leaving.signal);
    try {
      const sought = next(this.#video, 'seeked');
      this.#video.currentTime = momentSec;
      await sought;
      return await Promise.race([presented, impatience(this.#video)]);
    } finally {
      leaving.abort();
    }
  }

  #drawn(): ImageBitmap {
    const { width, height } = this.#canvas;
    const context = this.#canvas.getContext('2d', { alpha: false });
    if (!context) throw new Error('the browser gave no 2D canvas');
    // Recordings change their size in the middle, and are seen in their first.
    context.drawImage(this.#video, 0, 0, width, height);
    return this.#canvas.transferToImageBitmap();
  }
}

/** When the frame that is presented next begins; never told where the browser has no callback for it. */
function presentedSec(video: HTMLVideoElement, signal: AbortSignal): Promise<number | null> {
  return new Promise((resolve) => {
    if (!('requestVideoFrameCallback' in video)) return;
    const id = video.requestVideoFrameCallback((_, { mediaTime }) => resolve(mediaTime));
    signal.addEventListener('abort', () => video.cancelVideoFrameCallback(id), { once: true });
  });
}

/** The end of the wait for a frame to be presented: at once where none is told of. */
function impatience(video: HTMLVideoElement): Promise<null> {
  const isTold = 'requestVideoFrameCallback' in video && !document.hidden;
  return new Promise((resolve) => setTimeout(resolve, isTold ? mostPresentingMs : 0, null));
}

/** Waits for an event; throws what the element failed with, or that nothing came for too long. */
async function next(video: HTMLVideoElement, name: 'loadeddata' | 'seeked'): Promise<void> {
  const settled = new AbortController();
  const options = { once: true, signal: settled.signal };
  try {
    await new SilenceWatch().guard(
      new Promise<void>((resolve, reject) => {
        video.addEventListener(name, () => resolve(), options);
        video.addEventListener('error', () => reject(failure(video)), options);
        if (video.error) reject(failure(video));
      }),
    );
  } finally {
    settled.abort();
  }
}

const failure = ({ error }: HTMLVideoElement) => new Error(error?.message || 'the player failed');

/** Opens a file in a <video> that is nowhere on the page. Throws where it plays no pictures of it, and the signal's reason. */
export async function openVideoElement(file: Blob, signal?: AbortSignal): Promise<FramePlayer> {
  signal?.throwIfAborted();
  const video = document.createElement('video');
  const url = URL.createObjectURL(file);
  const release = () => {
    video.removeAttribute('src');
    video.load();
    URL.revokeObjectURL(url);
  };
  const opened = new AbortController();
  try {
    // The frame that opening presents is not to be taken for one that is sought.
    const presented = presentedSec(video, opened.signal);
    Object.assign(video, { muted: true, playsInline: true, preload: 'auto', src: url });
    await unlessAborted(next(video, 'loadeddata'), signal);
    if (video.videoWidth === 0) throw new Error('it has sound and no pictures');
    const firstSec = await unlessAborted(Promise.race([presented, impatience(video)]), signal);
    return new VideoElementPlayer(video, firstSec, release);
  } catch (cause) {
    release();
    throw cause;
  } finally {
    opened.abort();
  }
}
