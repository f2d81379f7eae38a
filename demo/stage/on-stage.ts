// What is on the stage: the media, the elements that show them, and the sample that they are.

import { Molmo2Error } from '../../src/index.ts';
import { showError } from '../trouble/error-view.ts';
import type { Media } from '../media/media.ts';
import type { Sample } from '../media/samples.ts';
import { nothingShown, showMedia, showNothing, type Shown } from './show-media.ts';

export interface OnStageHost {
  /** The stage is about to be empty: whatever is said and asked about what is there is over. */
  onLeaving(): void;
  /** Something else is there, or nothing. */
  onChanged(): void;
}

function unreadable({ name, size }: File): Molmo2Error {
  return new Molmo2Error(
    'media-unreadable',
    `"${name}" (${size} bytes) cannot be shown as a picture. Choose another file.`,
  );
}

export class OnStage {
  readonly #host: OnStageHost;
  #media: Media | null = null;
  #shown: Shown = nothingShown;
  #sample: Sample | null = null;
  #choices = 0;

  constructor(host: OnStageHost) {
    this.#host = host;
  }

  /** Null while nothing is there that the page can ask about. */
  get media(): Media | null {
    return this.#media;
  }

  get shown(): Shown {
    return this.#shown;
  }

  /** The sample that the media are. */
  get sample(): Sample | null {
    return this.#sample;
  }

  /** Counts a choice, and tells whether it is the last one still: of two the later is meant, whichever is read first. */
  choose(): () => boolean {
    const mine = ++this.#choices;
    return () => mine === this.#choices;
  }

  /** Takes away what is there. */
  clear(): void {
    this.#host.onLeaving();
    this.#media = null;
    this.#shown = showNothing();
    this.#sample = null;
    this.#host.onChanged();
  }

  /** Goes to a moment of the video, and stays there. */
  seek(timeSec: number): void {
    const { video } = this.#shown;
    if (!video) return;
    video.pause();
    video.currentTime = timeSec;
  }

  /** Shows `media` in place of what is there. */
  put(media: Media, sample: Sample | null): void {
    this.choose();
    this.clear();
    this.#media = media;
    this.#sample = sample;
    this.#shown = showMedia(media, (file) => {
      if (this.#media === media) showError(unreadable(file));
    });
    this.#host.onChanged();
  }
}
