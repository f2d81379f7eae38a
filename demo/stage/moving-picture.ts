// An animated picture becomes a clip that the page plays, so that it is asked about, marked and exported as every video is.

import { annotateClip } from '../../src/annotations/annotations.ts';
import type { Media } from '../media/media.ts';
import { isAnimated } from '../media/media-formats.ts';

export interface MakingClip {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: { readonly done: number; readonly total: number }) => void;
}

/** The one animated picture among media of one file; null for all others. */
export async function animatedPicture({ kind, files }: Media): Promise<File | null> {
  const [file] = files;
  return kind === 'images' && file && files.length === 1 && (await isAnimated(file)) ? file : null;
}

async function sizeOf(file: File): Promise<{ width: number; height: number }> {
  const bitmap = await createImageBitmap(file);
  const { width, height } = bitmap;
  bitmap.close();
  return { width, height };
}

/** The frames of the picture as a video, under the picture's name. Throws where the browser cannot take it apart or encode it. */
export async function clipOf(file: File, { signal, onProgress }: MakingClip): Promise<Media> {
  const { name } = file;
  const size = await sizeOf(file);
  // A clip of a picture without annotations is the picture.
  const media = { kind: 'video', files: [{ name, ...size }], timestamps: [], durationSec: null } as const;
  const clip = await annotateClip({ media, asked: [], objects: [] }, file, { signal, onProgress });
  return { kind: 'video', files: [new File([clip], name, { type: clip.type })], name };
}
