// Questions that can be asked again: what moves to a worker is gone, so pixels are read out of bitmaps first.

import { bitmapPixels } from '../../media/picture/bitmap-pixels.ts';
import type { PortableImage, PortableVideo } from '../../media/media-types.ts';
import type { Asked } from '../wire.ts';

interface Shown {
  readonly images: readonly PortableImage[];
  readonly video: PortableVideo | null;
}

/** The same question with pixels in place of bitmaps, which are closed. */
export async function askedAgain(asked: Asked): Promise<Asked> {
  switch (asked.type) {
    case 'ask':
      return { ...asked, request: await withPixels(asked.request) };
    case 'score':
      return { ...asked, request: await withPixels(asked.request) };
    case 'windows':
      return { ...asked, request: await withPixels(asked.request) };
    case 'plan':
      return { ...asked, request: await withPixels(asked.request) };
    case 'restore':
      return { ...asked, request: await withPixels(asked.request) };
    case 'ask-all': {
      const shown = await withPixels(asked.request.shown);
      return { ...asked, request: { ...asked.request, shown } };
    }
    case 'ask-many': {
      const questions = [];
      for (const question of asked.request.questions)
        questions.push(question && (await withPixels(question)));
      return { ...asked, request: { ...asked.request, questions } };
    }
    case 'clone':
    case 'save':
      return asked;
  }
}

async function withPixels<T extends Shown>(shown: T): Promise<T> {
  const { video } = shown;
  const images = await pixelsOf(shown.images);
  if (video?.kind !== 'frames') return { ...shown, images };
  return { ...shown, images, video: { ...video, frames: await pixelsOf(video.frames) } };
}

async function pixelsOf(images: readonly PortableImage[]): Promise<readonly PortableImage[]> {
  const read: PortableImage[] = [];
  for (const image of images) {
    if (image.kind !== 'bitmap') read.push(image);
    else {
      read.push({ kind: 'picture', picture: await bitmapPixels(image.bitmap, false) });
      image.bitmap.close();
    }
  }
  return read;
}
