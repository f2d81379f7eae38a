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
  return header;
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
