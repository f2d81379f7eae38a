// How long work takes here that the pace of slices does not tell: decoding of tokens, and of a video's frames.

/** A later reading counts as much as all before it: devices warm up, and pages come and go. */
const newest = 0.5;

export class Measured {
  #decodeMs: number | null = null; // per multiply-add of a step
  #frameMs: number | null = null;

  /** `tokens` steps of `cost` multiply-adds each took `elapsedMs`. */
  decoded(cost: number, tokens: number, elapsedMs: number): void {
    if (tokens > 0 && cost > 0) this.#decodeMs = mixed(this.#decodeMs, elapsedMs / tokens / cost);
  }

  /** Decoding `frames` frames took `elapsedMs`. */
  read(frames: number, elapsedMs: number): void {
    if (frames > 0) this.#frameMs = mixed(this.#frameMs, elapsedMs / frames);
  }

  /** Milliseconds of a step of so many multiply-adds; null before anything was decoded. */
  tokenMs(cost: number): number | null {
    return this.#decodeMs === null ? null : this.#decodeMs * cost;
  }

  /** Milliseconds of a frame; null before any was decoded. */
  get frameMs(): number | null {
    return this.#frameMs;
  }
}

function mixed(before: number | null, now: number): number {
  return before === null ? now : before * (1 - newest) + now * newest;
}
