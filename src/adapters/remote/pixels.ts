// Writes pictures anew as PNG, in a page: with its canvas.

import { Molmo2Error } from '../../errors.ts';
import type { Picture } from '../../media/picture.ts';

export interface WrittenPicture {
  readonly bytes: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** Pixels without opacity, which the model does not see. */
export async function pngOfBitmap(bitmap: ImageBitmap): Promise<WrittenPicture> {
  const { width, height } = bitmap;
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext('2d', { alpha: false })?.drawImage(bitmap, 0, 0);
  bitmap.close();
  const blob = await canvas.convertToBlob({ type: 'image/png' });
  return { bytes: new Uint8Array(await blob.arrayBuffer()), width, height };
}

export async function pngOfPixels({ width, height, data }: Picture): Promise<WrittenPicture> {
  const pixels = new Uint8ClampedArray(data);
  for (let at = 3; at < pixels.length; at += 4) pixels[at] = 255;
  return pngOfBitmap(await createImageBitmap(new ImageData(pixels, width, height)));
}

/** The picture as it is shown: turned by its EXIF, in a format that servers read. Throws `media-unreadable`. */
export async function uprightPng(bytes: Uint8Array<ArrayBuffer>, label: string): Promise<WrittenPicture> {
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(new Blob([bytes]), { colorSpaceConversion: 'none' });
  } catch (cause) {
    throw new Molmo2Error('media-unreadable', `${label} cannot be decoded by this browser.`, { cause });
  }
  return pngOfBitmap(bitmap);
}

export async function bytesOfPath(path: string): Promise<Uint8Array<ArrayBuffer>> {
  throw new TypeError(`A page cannot read the path ${path}.`);
}
