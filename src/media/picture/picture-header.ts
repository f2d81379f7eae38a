// What the first bytes of a picture say: its format and size, before anything is decoded.

import { imageDimensionsFromData } from 'image-dimensions';
import { Molmo2Error } from '../../errors.ts';

export interface PictureHeader {
  readonly type: 'png' | 'jpeg' | 'gif' | 'webp' | 'avif' | 'heic';
  /** Pixels as stored, before any orientation is applied. */
  readonly width: number;
  readonly height: number;
}

/** Decoding takes about ten bytes a pixel at its peak; more than this does not fit in a page. */
const mostMegapixels = 100;
export const mostPixelsDecoded = mostMegapixels * 1e6;

const workingFormats = 'JPEG, PNG, WebP, AVIF and GIF';

/** The one error for a picture that cannot be decoded: which one, what it looks like, what works. */
export function unreadablePicture(
  label: string,
  byteLength: number,
  found: string,
  cause?: unknown,
): Molmo2Error {
  return new Molmo2Error(
    'media-unreadable',
    `${label} cannot be decoded: ${byteLength} bytes, ${found}. Pictures in ${workingFormats} work.`,
    { cause },
  );
}

/** What bytes without a known picture header look like, in a few words. */
function describeBytes(bytes: Uint8Array): string {
  if (bytes.length === 0) return 'the file is empty';
  const head = bytes.subarray(0, 64);
  if (head.every((byte) => byte === 9 || byte === 10 || byte === 13 || (byte >= 32 && byte !== 127)))
    return 'which look like text and not like a picture';
  return 'not recognised as a picture, or cut off inside its header';
}

/** Reads the header, or throws `media-unreadable`, or `media-too-large` for more than 100 megapixels. */
export function pictureHeader(bytes: Uint8Array, label: string): PictureHeader {
  const header = imageDimensionsFromData(bytes);
  if (!header || header.width < 1 || header.height < 1)
    throw unreadablePicture(label, bytes.length, describeBytes(bytes));
  refuseHuge(header.width, header.height, label);
  const most = mostPixels(bytes, header);
  if (header.width * header.height > most)
    throw unreadablePicture(
      label,
      bytes.length,
      `recognised as ${header.type.toUpperCase()} of ${header.width} x ${header.height}, of which ${bytes.length} bytes can hold no more than a part`,
    );
  return header;
}

/** Deflate writes a byte for at most 1032; twice that is beyond doubt. */
const mostInflation = 2 * 1032;
/** Each block of 8 x 8 samples has a bit or more. */
const mostJpegPixels = 64 * 8;
/** Pictures that are larger than their bytes say are let through up to here: a decoder refuses those that are cut off. */
const unsuspicious = 4e6;

/** How many pixels so many bytes can be; of the other formats a few bytes may be a picture of any size. */
function mostPixels(bytes: Uint8Array, { type, width, height }: PictureHeader): number {
  if (type === 'jpeg') return Math.max(unsuspicious, bytes.length * mostJpegPixels);
  const needed = type === 'png' ? pngPixelBytes(bytes) : null;
  if (needed === null) return Infinity;
  const share = (bytes.length * mostInflation) / needed;
  return Math.max(unsuspicious, share >= 1 ? width * height : Math.floor(share * width * height));
}

/** Samples of a pixel by the colour type of a PNG. */
const pngSamples: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/** What the pixels of a PNG take before they are compressed, at most; null where the header is none. */
export function pngPixelBytes(bytes: Uint8Array): number | null {
  if (bytes.length < 29) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  const samples = pngSamples[view.getUint8(25)] ?? 4;
  // Each row begins with a byte; those of the seven pictures that an interlaced one is cut into are more.
  const perRow = Math.ceil((width * samples * view.getUint8(24)) / 8) + (view.getUint8(28) === 0 ? 1 : 4);
  return height * perRow + 64;
}

/** Throws `media-too-large` where a picture has more pixels than can be decoded safely. */
export function refuseHuge(width: number, height: number, label: string): void {
  const megapixels = (width * height) / 1e6;
  if (megapixels > mostMegapixels)
    throw new Molmo2Error(
      'media-too-large',
      `${label} has ${width} x ${height} = ${Math.round(megapixels)} megapixels; the limit is ${mostMegapixels}. ` +
        'Scale it down first: the model sees at most a few megapixels of it.',
    );
}
