// Run-length coded masks: whether a point lies in one, and their pixels.

import type { Mask } from '../question.ts';

/** Python's round(): ties go to the even number. */
export function roundHalfEven(value: number): number {
  const low = Math.floor(value);
  return value - low === 0.5 ? low + (low % 2 === 0 ? 0 : 1) : Math.round(value);
}

/**
 * Whether the pixel that (x, y) is rounded to, ties to even, is inside; false beyond the mask's edges, as in the published
 * evaluation. `rounding` is `trunc` for Point-Bench, which cuts the fraction off.
 */
export function isInMask(
  mask: Mask,
  x: number,
  y: number,
  rounding: 'half-even' | 'trunc' = 'half-even',
): boolean {
  const whole = rounding === 'trunc' ? Math.trunc : roundHalfEven;
  const [column, row] = [whole(x), whole(y)];
  if (!(column >= 0 && column < mask.width && row >= 0 && row < mask.height)) return false;
  const place = column * mask.height + row;
  let end = 0;
  for (const [i, count] of mask.counts.entries()) {
    end += count;
    if (place < end) return i % 2 === 1;
  }
  return false;
}

/**
 * One byte per pixel, row by row, 1 inside.
 * @throws RangeError for runs that are not whole numbers or do not add up to the mask's size.
 */
export function maskPixels({ width, height, counts }: Mask): Uint8Array {
  const sum = counts.reduce((a, b) => a + b, 0);
  if (sum !== width * height || counts.some((count) => !Number.isInteger(count) || count < 0))
    throw new RangeError(
      `The runs of a mask of ${width} x ${height} add up to ${sum}, not ${width * height}.`,
    );
  const pixels = new Uint8Array(sum);
  let place = 0;
  counts.forEach((count, i) => {
    for (const end = place + count; place < end; place++)
      if (i % 2 === 1) pixels[(place % height) * width + Math.floor(place / height)] = 1;
  });
  return pixels;
}

/**
 * The mask of pixels that are row by row, inside where they are not 0.
 * @throws RangeError where there are not width * height of them.
 */
export function maskOfPixels(pixels: ArrayLike<number>, width: number, height: number): Mask {
  if (pixels.length !== width * height)
    throw new RangeError(
      `A mask of ${width} x ${height} needs ${width * height} pixels, got ${pixels.length}.`,
    );
  const counts: number[] = [];
  let isInside = false;
  let run = 0;
  for (let x = 0; x < width; x++)
    for (let y = 0; y < height; y++) {
      if (Boolean(pixels[y * width + x]) !== isInside) {
        counts.push(run);
        isInside = !isInside;
        run = 0;
      }
      run++;
    }
  counts.push(run);
  return { width, height, counts };
}
