// Ends the reading of a file that leads nowhere: a demuxer may go in circles over the same bytes, or wait for something that
// never comes, and so may a decoder. Neither can be asked whether it will ever end.

import type { BlobSource } from 'mediabunny';

/** How long nothing may be read, decoded or dequeued. */
const mostSilenceMs = 10_000;
/** Reads in a row that lead no further into the file and to no packet. Real files have a few hundred. */
const mostIdleReads = 20_000;
/** How late a timer of a machine that is awake may be. */
const mostLateMs = 3000;

/** The part of a source that demuxers read with; mediabunny's types leave it out. */
interface Reading {
  _read(start: number, end: number, ...more: unknown[]): unknown;
}

export class ReadingWatch {
  readonly #silenceMs: number;
  #lastMs = performance.now();
  #furthest = 0;
  #idleReads = 0;

  constructor(silenceMs = mostSilenceMs) {
    this.#silenceMs = silenceMs;
  }

  /** Something came of the reading: a packet, a frame. */
  heard(): void {
    this.#lastMs = performance.now();
    this.#idleReads = 0;
  }

  /** The source, with every read looked at. */
  watched(source: BlobSource): BlobSource {
    const reading = source as unknown as Reading;
    const read = reading._read.bind(source);
    reading._read = (start, end, ...more) => {
      this.#lastMs = performance.now();
      if (end > this.#furthest) [this.#furthest, this.#idleReads] = [end, 0];
      else if (++this.#idleReads > mostIdleReads) throw new Error('its parts lead in circles');
      return read(start, end, ...more);
    };
    return source;
  }

  /** The same result, or an Error when nothing was heard for too long. */
  guard<T>(work: Promise<T>): Promise<T> {
    this.#lastMs = performance.now();
    const everyMs = this.#silenceMs / 10;
    return new Promise<T>((resolve, reject) => {
      let dueMs = performance.now() + everyMs;
      const timer = setInterval(() => {
        const nowMs = performance.now();
        // A machine that slept did not wait for anything.
        if (nowMs > dueMs + mostLateMs) this.#lastMs = nowMs;
        dueMs = nowMs + everyMs;
        if (nowMs - this.#lastMs > this.#silenceMs)
          reject(new Error(`nothing came for ${this.#silenceMs / 1000} seconds`));
      }, everyMs);
      work.then(resolve, reject).finally(() => clearInterval(timer));
    });
  }

  /** The same values, each of them guarded. */
  async *each<T>(values: AsyncGenerator<T>): AsyncGenerator<T> {
    try {
      for (;;) {
        const { value, done } = await this.guard(values.next());
        if (done) return;
        yield value;
      }
    } finally {
      // Not waited for: what is stuck does not come back.
      void values.return(undefined).catch(() => {});
    }
  }
}
