// Ends the reading of a file that leads nowhere: a demuxer may go in circles over the same bytes.

import type { BlobSource } from 'mediabunny';
import { SilenceWatch } from '../silence-watch.ts';

/** Reads in a row that lead no further into the file and to no packet. Real files have a few hundred. */
const mostIdleReads = 20_000;

/** The part of a source that demuxers read with; mediabunny's types leave it out. */
interface Reading {
  _read(start: number, end: number, ...more: unknown[]): unknown;
}

export class ReadingWatch extends SilenceWatch {
  #furthest = 0;
  #idleReads = 0;

  /** Something came of the reading: a packet, a frame. */
  override heard(): void {
    super.heard();
    this.#idleReads = 0;
  }

  /** The source, with every read looked at. */
  watched(source: BlobSource): BlobSource {
    const reading = source as unknown as Reading;
    const read = reading._read.bind(source);
    reading._read = (start, end, ...more) => {
      super.heard();
      if (end > this.#furthest) [this.#furthest, this.#idleReads] = [end, 0];
      else if (++this.#idleReads > mostIdleReads) throw new Error('its parts lead in circles');
      return read(start, end, ...more);
    };
    return source;
  }
}
