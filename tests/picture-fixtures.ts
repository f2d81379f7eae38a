// What the drawn picture fixtures hold (tests/fixtures/media/make-pictures.mjs), for the browser and the Node tests.

import type { Picture } from '../src/media/picture.ts';
import { writeJpeg, type JpegOptions } from './jpeg-writer.ts';

type Rgb = readonly [number, number, number];

/** The quarters of `quarters.*`: upper left, upper right, lower left, lower right. */
export const quarterColours: readonly [Rgb, Rgb, Rgb, Rgb] = [
  [220, 40, 40],
  [40, 180, 60],
  [40, 60, 210],
  [230, 210, 50],
];

/** The colours in the middle of the four quarters, in the same order. */
export function quartersOf({ width, height, channels, data }: Picture): number[][] {
  return [0.25, 0.75].flatMap((v) =>
    [0.25, 0.75].map((u) => {
      const at = (Math.floor(v * height) * width + Math.floor(u * width)) * channels;
      return [...data.subarray(at, at + 3)];
    }),
  );
}

/** Largest difference of the middles of the quarters from `colours`. */
export function quartersError(picture: Picture, colours: readonly Rgb[] = quarterColours): number {
  const differences = quartersOf(picture).flatMap((rgb, q) =>
    rgb.map((value, c) => Math.abs(value - (colours[q]?.[c] ?? NaN))),
  );
  return Math.max(...differences);
}

/** For each EXIF orientation, which stored quarter is seen at the upper left, upper right, lower left, lower right. */
export const orientedQuarters: readonly (readonly [number, number, number, number])[] = [
  [0, 1, 2, 3],
  [1, 0, 3, 2],
  [3, 2, 1, 0],
  [2, 3, 0, 1],
  [0, 2, 1, 3],
  [2, 0, 3, 1],
  [3, 1, 2, 0],
  [1, 3, 0, 2],
];

/** How many pixels of `transparent.*` (16 x 16) do not have their stored colour, whatever their opacity. */
export function wrongTransparentPixels({ width, height, channels, data }: Picture): number {
  if (width !== 16 || height !== 16) throw new Error(`the picture is ${width} x ${height}`);
  let wrong = 0;
  for (let y = 0; y < 16; y++)
    for (let x = 0; x < 16; x++) {
      const at = (y * 16 + x) * channels;
      const expected = [7 * x + 13 * y, 5 * x + 3 * y + 40, 11 * x + 29 * y];
      if (expected.some((value, c) => data[at + c] !== value % 256)) wrong++;
    }
  return wrong;
}

/** Stored components of the blocks of `printed`, from no ink to full ink and between. */
const inks: readonly (readonly [number, number, number, number])[] = [
  [255, 255, 255, 255],
  [0, 0, 0, 0],
  [40, 200, 90, 255],
  [90, 170, 103, 215],
  [140, 140, 116, 175],
  [190, 110, 129, 1],
  [224, 226, 29, 254],
  [7, 131, 77, 130],
];

/** A JPEG of four inks, 4 x 2 blocks of 8 x 8 pixels; Photoshop and every other encoder store 255 for no ink. */
export const printed = (options: Pick<JpegOptions, 'adobe' | 'orientation'>) =>
  writeJpeg({ columns: 4, rows: 2, blocks: inks, ...options });

/** The colours of the blocks of `printed` row by row, as `<img>` shows them: without a profile, rounded down. */
export const printedColours = inks.map((ink) =>
  ink.slice(0, 3).map((value) => Math.floor((value * (ink[3] ?? 0)) / 255)),
);

/** The colours in the middle of the blocks of 8 x 8 pixels, row by row. */
export function blocksOf({ width, height, channels, data }: Picture): number[][] {
  const colours: number[][] = [];
  for (let y = 4; y < height; y += 8)
    for (let x = 4; x < width; x += 8) {
      const at = (y * width + x) * channels;
      colours.push([...data.subarray(at, at + 3)]);
    }
  return colours;
}

/** The bytes of a PNG up to its end chunk, and how much of that is left. */
export function cutPng(bytes: Uint8Array, endBytes: number): Uint8Array<ArrayBuffer> {
  return bytes.slice(0, bytes.length - 12 + endBytes);
}

/** A WebP file with `exif` added, in the extended form that says so. */
export function webpWithExif(simple: Uint8Array, width: number, height: number, orientation: number) {
  const tiff = [
    0x49,
    0x49,
    42,
    0,
    8,
    0,
    0,
    0,
    1,
    0,
    0x12,
    1,
    3,
    0,
    1,
    0,
    0,
    0,
    orientation,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
  ];
  const chunk = (name: string, body: readonly number[]) => {
    const { length } = body;
    const padding = length % 2 === 0 ? [] : [0];
    return [...text(name), length & 255, (length >> 8) & 255, (length >> 16) & 255, 0, ...body, ...padding];
  };
  const text = (value: string) => Array.from(value, (c) => c.charCodeAt(0));
  const flags = [
    8,
    0,
    0,
    0,
    (width - 1) & 255,
    (width - 1) >> 8,
    0,
    (height - 1) & 255,
    (height - 1) >> 8,
    0,
  ];
  // Everything behind "RIFF", its length and "WEBP" is the picture's own chunk.
  const chunks = [...chunk('VP8X', flags), ...simple.subarray(12), ...chunk('EXIF', tiff)];
  const length = chunks.length + 4;
  return Uint8Array.from([
    ...text('RIFF'),
    ...[length & 255, (length >> 8) & 255, (length >> 16) & 255, 0],
    ...text('WEBP'),
    ...chunks,
  ]);
}

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? 0xedb88320 ^ (crc >>> 1) : crc >>> 1;
  }
  return ~crc >>> 0;
}

/** The PNG with a wrong checksum in its chunks of this type, or behind the compressed `pixels`. */
export function withWrongChecksum(png: Uint8Array, where: string): Uint8Array<ArrayBuffer> {
  const copy = Uint8Array.from(png);
  const view = new DataView(copy.buffer);
  for (let at = 8; at < copy.length; at += 12 + view.getUint32(at)) {
    const end = at + 8 + view.getUint32(at);
    const type = String.fromCharCode(...copy.subarray(at + 4, at + 8));
    if (where === 'pixels' && type === 'IDAT') {
      view.setUint8(end - 1, view.getUint8(end - 1) ^ 0x55);
      view.setUint32(end, crc32(copy.subarray(at + 4, end)));
    }
    if (where === type) view.setUint32(end, view.getUint32(end) ^ 0x5a5a5a5a);
  }
  return copy;
}
