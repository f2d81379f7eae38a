// What a question shows, as it is sent. Types only: what makes them is loaded when it is needed.

import type { MediaInfo } from '../../api.ts';

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The media of a question, ready to be sent. */
export interface SentMedia {
  readonly info: MediaInfo;
  /** URLs in the order of the pictures. */
  readonly images: readonly string[];
  readonly video: string | null;
  /** Fields of the request that say how media are read. */
  readonly fields: Readonly<Record<string, unknown>>;
}
