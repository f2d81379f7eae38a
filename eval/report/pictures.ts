// Pictures for a report: small, and no more bytes of them than a page can hold.

import type { Size } from '../metrics/point-match.ts';
import type { MediaSource, Question } from '../question.ts';
import type { MarkedPicture, MarkedPictures } from './marks.ts';

/** Makes small pictures; a page and Node each have their own way. Both throw where a medium cannot be read. */
export interface PictureMaker {
  /** A data URL of the picture, upright, scaled to `size`. */
  picture(source: MediaSource, size: Size): Promise<string>;
  /** Data URLs of the frames that are shown at these times of a video file, in their order. */
  frames(video: MediaSource, timesSec: readonly number[], size: Size): Promise<readonly string[]>;
}

/** A picture with its marks, as it is embedded. */
export interface ShownPicture extends MarkedPicture {
  /** A data URL; null where there is no picture, which `problem` tells. */
  readonly url: string | null;
}

export interface ShownPictures {
  readonly pictures: readonly ShownPicture[];
  readonly outOf: number;
  readonly problem: string | null;
}

// No side of a picture is longer, in pixels.
const longestSide = 480;

/** As it is embedded: no larger than it is. */
function smallSize({ width, height }: Size): Size {
  const scale = Math.min(1, longestSide / Math.max(width, height));
  const side = (length: number) => Math.max(1, Math.round(length * scale));
  return { width: side(width), height: side(height) };
}

const dataUrl = /^data:image\/(png|jpeg|webp);base64,[A-Za-z0-9+/]+=*$/;

/** Hands out pictures as long as `bytes` of data URLs last. */
export class PictureBudget {
  readonly #maker: PictureMaker | null;
  #left: number;

  constructor(maker: PictureMaker | null, bytes: number) {
    this.#maker = maker;
    this.#left = bytes;
  }

  async show(question: Question, { pictures, outOf }: MarkedPictures): Promise<ShownPictures> {
    const without = (problem: string | null): ShownPictures => ({
      pictures: pictures.map((picture) => ({ ...picture, url: null })),
      outOf,
      problem,
    });
    const maker = this.#maker;
    if (pictures.length === 0) return without(null);
    if (!maker) return without('The media were not at hand when the report was made.');
    if (this.#left <= 0) return without('Left out, so that the report stays small.');
    try {
      const urls = await urlsOf(question, pictures, maker);
      const size = urls.reduce((sum, url) => sum + url.length, 0);
      this.#left -= size;
      if (this.#left < 0) return without('Left out, so that the report stays small.');
      const shown = pictures.map((picture, i) => ({ ...picture, url: urls[i] ?? null }));
      return { pictures: shown, outOf, problem: null };
    } catch (error) {
      return without(error instanceof Error ? error.message : String(error));
    }
  }
}

async function urlsOf(
  { media }: Question,
  pictures: readonly MarkedPicture[],
  maker: PictureMaker,
): Promise<readonly string[]> {
  const times = pictures.map(({ place }) => (place.kind === 'moment' ? place.timeSec : 0));
  const isFile = media.kind === 'video' && (typeof media.video === 'string' || media.video instanceof Blob);
  const urls = isFile
    ? await maker.frames(media.video, times, smallSize(media))
    : await Promise.all(
        pictures.map((picture) => maker.picture(sourceOf(media, picture), smallSize(picture))),
      );
  const bad = urls.find((url) => !dataUrl.test(url));
  if (bad !== undefined) throw new Error(`A picture came as "${bad.slice(0, 30)}", not as a small picture.`);
  return urls;
}

function sourceOf(media: Question['media'], { place }: MarkedPicture): MediaSource {
  if (media.kind === 'images' && place.kind === 'image') {
    const source = media.images[place.image - 1]?.source;
    if (source !== undefined) return source;
  }
  if (media.kind === 'video' && place.kind === 'moment') {
    const { video } = media;
    if (typeof video === 'object' && 'frames' in video) {
      const at = video.timestamps.indexOf(place.timeSec);
      const source = video.frames[at];
      if (source !== undefined) return source;
    }
  }
  throw new Error('The question has no such picture.');
}
