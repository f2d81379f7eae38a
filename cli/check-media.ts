// Pictures and videos on this machine that cannot be read are told before a model is loaded, which may take minutes.

import { stat } from 'node:fs/promises';
import { locate } from '#media/locate';
import type { AskInput } from '../src/index.ts';
import { imageLabel } from '../src/media/picture.ts';
import { checkPictureFile } from '../src/media/picture/picture-file.ts';
import { isLasting, localVideo } from '../src/media/video/local-video.ts';

/** The path of a file that can be looked at: a pipe is read but once, and what has an address is asked for but once. */
async function pathOf(input: unknown): Promise<string | null> {
  if (typeof input !== 'string') return null;
  const place = locate(input);
  if (place.kind !== 'path') return null;
  const isThere = await stat(place.path).then(
    () => true,
    () => false,
  );
  return !isThere || (await isLasting(place.path)) ? place.path : null;
}

/** Looks at what the files' heads say; nothing is decoded. Throws `media-unreadable` or `media-too-large` as a question about them would. */
export async function checkMedia({ images = [], video }: AskInput, signal: AbortSignal): Promise<void> {
  const pictures = images.map((image, i) => ({ image, label: imageLabel(i, images.length) }));
  if (typeof video === 'object' && 'frames' in video)
    pictures.push(...video.frames.map((image, i) => ({ image, label: `The video, frame ${i + 1}` })));
  for (const { image, label } of pictures) {
    const path = await pathOf(image);
    if (path !== null) await checkPictureFile(path, label, signal);
  }
  const path = await pathOf(video);
  if (path !== null) (await localVideo({ kind: 'path', path }, 'The video', signal)).remove();
}
