// Decodes a picture in Node, with the optional package sharp: orientation applied, colours as stored, opacity ignored.

import { fetchMedia } from '../fetch-media.ts';
import type { PortableImage } from '../media-types.ts';
import type { Picture } from '../picture.ts';
import { rgbOfCmyk } from './cmyk.ts';
import { loadSharp, type Sharp } from './load-sharp.ts';
import { readPictureFile } from './picture-file.ts';
import { mostPixelsDecoded, pictureHeader, refuseHuge, unreadablePicture } from './picture-header.ts';
import { isDamagedPng, withPixelChecksum } from './png-checksums.ts';
import { wholePng } from './whole-png.ts';

async function rgbPixels(sharp: Sharp, bytes: Uint8Array, type: string): Promise<Picture> {
  // The size that the header says is checked before. A file may hold another picture than its header says.
  const image = sharp(bytes, { failOn: 'truncated', ignoreIcc: true, limitInputPixels: mostPixelsDecoded });
  const { format, space } = await image.metadata();
  if (format !== (type === 'avif' || type === 'heic' ? 'heif' : type))
    throw new Error(`it is ${format} under the head of ${type}`);
  const isCmyk = type === 'jpeg' && space === 'cmyk';
  // Browsers show a WebP as it is stored, whatever its EXIF says.
  const upright = type === 'webp' ? image : image.autoOrient();
  // sharp would convert printing colours with a profile of its own, which no browser has.
  const { data, info } = await (
    isCmyk
      ? upright.pipelineColourspace('cmyk').toColourspace('cmyk')
      : upright.removeAlpha().toColourspace('srgb')
  )
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, channels: 3, data: isCmyk ? rgbOfCmyk(data) : data };
}

async function pngPixels(sharp: Sharp, bytes: Uint8Array<ArrayBuffer>): Promise<Picture> {
  const whole = wholePng(bytes);
  if (isDamagedPng(whole)) throw new Error('a checksum is wrong');
  try {
    return await rgbPixels(sharp, whole, 'png');
  } catch (cause) {
    const mended = withPixelChecksum(whole);
    if (!mended) throw cause;
    return rgbPixels(sharp, mended, 'png');
  }
}

async function decodeBytes(
  bytes: Uint8Array<ArrayBuffer>,
  label: string,
  signal?: AbortSignal,
): Promise<Picture> {
  const header = pictureHeader(bytes, label);
  const sharp = await loadSharp();
  signal?.throwIfAborted();
  try {
    const picture = await (header.type === 'png'
      ? pngPixels(sharp, bytes)
      : rgbPixels(sharp, bytes, header.type));
    signal?.throwIfAborted();
    return picture;
  } catch (cause) {
    signal?.throwIfAborted();
    const found = `recognised as ${header.type.toUpperCase()} of ${header.width} x ${header.height}`;
    throw unreadablePicture(label, bytes.length, `${found}, but damaged, cut off or unknown to sharp`, cause);
  }
}

/** The pixels of a picture; `label` names it in errors. Throws `media-unreadable`, `media-too-large` or `network`. */
export async function decodeImage(
  input: PortableImage,
  label: string,
  signal?: AbortSignal,
): Promise<Picture> {
  signal?.throwIfAborted();
  switch (input.kind) {
    case 'path':
      return decodeBytes(
        await readPictureFile(input.path, label, signal),
        `${label} (${input.path})`,
        signal,
      );
    case 'blob':
      return decodeBytes(new Uint8Array(await input.blob.arrayBuffer()), label, signal);
    case 'url': {
      const blob = await fetchMedia(input.url, label, signal);
      return decodeBytes(new Uint8Array(await blob.arrayBuffer()), label, signal);
    }
    case 'picture':
      refuseHuge(input.picture.width, input.picture.height, label);
      return input.picture;
    case 'bitmap':
      throw new TypeError(`${label} is an ImageBitmap, which Node does not have.`);
  }
}
