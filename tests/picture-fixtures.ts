// What the drawn picture fixtures hold (tests/fixtures/media/make-pictures.mjs), for the browser and the Node tests.

import type { Picture } from '../src/media/picture.ts';

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
