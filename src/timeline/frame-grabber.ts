// Small pictures of a video's frames, for a time line: a second, hidden player of the same file seeks where pictures are
// wanted, one after the other, and slowly while the visible one plays.

export interface Picture {
  readonly canvas: HTMLCanvasElement;
  readonly timeSec: number;
}

const mostKept = 300;
const playingPauseMs = 250;

/** Follows one video until `signal` aborts. */
export class FrameGrabber {
  readonly #video: HTMLVideoElement;
  readonly #heightPx: number;
  readonly #onPicture: () => void;
  readonly #signal: AbortSignal;
  readonly #pictures = new Map<number, HTMLCanvasElement>();
  #player: HTMLVideoElement | null = null;
  #wanted: readonly number[] = [];
  #isBusy = false;

  /** `onPicture` is called with each new picture; they are `heightPx` pixels high. */
  constructor(video: HTMLVideoElement, heightPx: number, onPicture: () => void, signal: AbortSignal) {
    this.#video = video;
    this.#heightPx = heightPx;
    this.#onPicture = onPicture;
    this.#signal = signal;
    signal.addEventListener('abort', () => this.#player?.removeAttribute('src'), { once: true });
  }

  /** The picture of the moment that is the nearest to `timeSec`, of those that are there; null for none within `withinSec`. */
  nearest(timeSec: number, withinSec: number): Picture | null {
    let best: Picture | null = null;
    for (const [t, canvas] of this.#pictures)
      if (Math.abs(t - timeSec) <= (best ? Math.abs(best.timeSec - timeSec) : withinSec))
        best = { canvas, timeSec: t };
    return best;
  }

  /** Makes pictures of these moments, in this order, in place of those that were wanted before. */
  want(times: readonly number[]): void {
    this.#wanted = times;
    if (!this.#isBusy) void this.#work();
  }

  async #work(): Promise<void> {
    this.#isBusy = true;
    for (let next = this.#next(); next !== undefined && !this.#signal.aborted; next = this.#next()) {
      if (!(await this.#grab(next))) this.#wanted = []; // not readable a second time: the time line does without
      if (!this.#video.paused) await new Promise((resolve) => setTimeout(resolve, playingPauseMs));
    }
    this.#isBusy = false;
  }

  #next(): number | undefined {
    return this.#wanted.find((t) => !this.#pictures.has(t));
  }

  async #grab(timeSec: number): Promise<boolean> {
    const player = this.#player ?? (await this.#open());
    if (!player || this.#signal.aborted) return false;
    const seeked = this.#once(player, 'seeked');
    player.currentTime = timeSec;
    if (!(await seeked) || player.videoWidth === 0) return false; // sound alone has no picture
    const canvas = document.createElement('canvas');
    canvas.height = this.#heightPx;
    canvas.width = Math.max(1, Math.round((canvas.height * player.videoWidth) / player.videoHeight));
    canvas.getContext('2d')?.drawImage(player, 0, 0, canvas.width, canvas.height);
    const [oldest] = this.#pictures.keys();
    if (this.#pictures.size >= mostKept && oldest !== undefined) this.#pictures.delete(oldest);
    this.#pictures.set(timeSec, canvas);
    this.#onPicture();
    return true;
  }

  async #open(): Promise<HTMLVideoElement | null> {
    const source = this.#video.currentSrc || this.#video.src;
    if (!source) return null;
    const player = document.createElement('video');
    player.crossOrigin = this.#video.crossOrigin;
    player.muted = true;
    player.playsInline = true;
    player.preload = 'auto';
    const loaded = this.#once(player, 'loadeddata');
    player.src = source;
    this.#player = player;
    return (await loaded) ? player : null;
  }

  /** Whether it came before an error. */
  #once(player: HTMLVideoElement, type: string): Promise<boolean> {
    return new Promise((resolve) => {
      player.addEventListener(type, () => resolve(true), { once: true });
      player.addEventListener('error', () => resolve(false), { once: true });
      this.#signal.addEventListener('abort', () => resolve(false), { once: true });
    });
  }
}
