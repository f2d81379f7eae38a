// Decodes a picture in the browser, in a page or in a worker: orientation applied, colours as stored, opacity ignored.

import { bitmapPixels } from './bitmap-pixels.ts';
import { fetchMedia } from '../fetch-media.ts';
import type { PortableImage } from '../media-types.ts';
import type { Picture } from '../picture.ts';
import { pictureHeader, refuseHuge, unreadablePicture } from './picture-header.ts';
import { endsInPixels, wholePng } from './whole-png.ts';

async function decodeBlob(blob: Blob, label: string, signal?: AbortSignal): Promise<Picture> {
  const name = blob instanceof File && blob.name !== '' ? `${label} (${blob.name})` : label;
  let bytes: Uint8Array<ArrayBuffer>;
  try {
    bytes = new Uint8Array(await blob.arrayBuffer());
  } catch (cause) {
    // A chosen file that has since been moved or changed.
    throw unreadablePicture(name, blob.size, 'which can no longer be read', cause);
  }
  signal?.throwIfAborted();
  const header = pictureHeader(bytes, name);
  const whole = header.type === 'png' ? wholePng(bytes) : bytes;
  let bitmap: ImageBitmap;
  try {
    if (header.type === 'png' && endsInPixels(bytes)) throw new Error('The file ends within its pixels.');
    bitmap = await createImageBitmap(whole === bytes ? blob : new Blob([whole]), {
      premultiplyAlpha: 'none',
      colorSpaceConversion: 'none',
      imageOrientation: 'from-image',
    });
  } catch (cause) {
    const found = `recognised as ${header.type.toUpperCase()} of ${header.width} x ${header.height}`;
    throw unreadablePicture(
      name,
      bytes.length,
      `${found}, but damaged, cut off or unknown to this browser`,
      cause,
    );
  }
  try {
    signal?.throwIfAborted();
    return await bitmapPixels(bitmap, header.type === 'jpeg');
  } finally {
    bitmap.close();
  }
}

// A picture may be wanted again, when its bitmap is gone: in less detail, or on another device.
const pixelsOf = new WeakMap<PortableImage, Picture>();

async function bitmapPicture(bitmap: ImageBitmap, label: string): Promise<Picture> {
  try {
    refuseHuge(bitmap.width, bitmap.height, label);
    return await bitmapPixels(bitmap, false);
  } finally {
    bitmap.close();
  }
}

/**
 * The pixels of a picture; `label` names it in errors. Throws `media-unreadable`, `media-too-large` (above 100
 * megapixels) or `network`. A bitmap is closed, as it was made for this, and its pixels are kept as long as the input is.
 */
export async function decodeImage(
  input: PortableImage,
  label: string,
  signal?: AbortSignal,
): Promise<Picture> {
  signal?.throwIfAborted();
  switch (input.kind) {
    case 'blob':
      return decodeBlob(input.blob, label, signal);
    case 'url':
      return decodeBlob(await fetchMedia(input.url, label, signal), label, signal);
    case 'picture':
      refuseHuge(input.picture.width, input.picture.height, label);
      return input.picture;
    case 'bitmap': {
      const known = pixelsOf.get(input);
      if (known) return known;
      const picture = await bitmapPicture(input.bitmap, label);
      pixelsOf.set(input, picture);
      return picture;
    }
    case 'path':
      throw new TypeError(`${label} is a path; in a page, pass the File or a URL.`);
  }
}
