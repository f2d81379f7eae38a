// Writes pictures anew as PNG, in Node: with the optional package sharp.

import { readFile } from 'node:fs/promises';
import { Molmo2Error } from '../../errors.ts';
import type { Picture } from '../../media/picture.ts';

export interface WrittenPicture {
  readonly bytes: Uint8Array;
  readonly width: number;
  readonly height: number;
}

async function loadSharp(): Promise<typeof import('sharp').default> {
  try {
    return (await import(/* webpackIgnore: true */ /* turbopackIgnore: true */ 'sharp')).default;
  } catch (cause) {
    throw new Molmo2Error(
      'media-unreadable',
      'A picture that its camera turned, or of a format that servers do not read, is written anew by the package sharp in Node, which is not installed. Run: npm install sharp',
      { cause },
    );
  }
}

export async function pngOfBitmap(): Promise<WrittenPicture> {
  throw new TypeError('Node has no ImageBitmap.');
}

export async function pngOfPixels({ width, height, channels, data }: Picture): Promise<WrittenPicture> {
  const sharp = await loadSharp();
  const bytes = await sharp(data, { raw: { width, height, channels } }).removeAlpha().png().toBuffer();
  return { bytes, width, height };
}

/** The picture as it is shown: turned by its EXIF, in a format that servers read. Throws `media-unreadable`. */
export async function uprightPng(bytes: Uint8Array<ArrayBuffer>, label: string): Promise<WrittenPicture> {
  const sharp = await loadSharp();
  try {
    const image = sharp(bytes, { failOn: 'truncated', ignoreIcc: true });
    const { format } = await image.metadata();
    // Browsers show a WebP as it is stored, whatever its EXIF says.
    const upright = format === 'webp' ? image : image.autoOrient();
    const { data, info } = await upright.removeAlpha().png().toBuffer({ resolveWithObject: true });
    return { bytes: data, width: info.width, height: info.height };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Molmo2Error('media-unreadable', `${label} cannot be decoded: ${reason}.`, { cause });
  }
}

export async function bytesOfPath(path: string): Promise<Uint8Array<ArrayBuffer>> {
  return readFile(path);
}
