// Bilinear resizing with half-pixel centres and no antialiasing, with the roundings of the reference. Canvas scaling and
// GPU filtering differ from it; the model was trained on exactly these pixels.
//
// Which values are rounded to f32 decides ties such as 42.5, and there are many of them. The expected pixels agree, to
// the last byte, with: the scale in f32, the source position exact, its fraction and the two weights of an axis in f32,
// the four weights of a pixel as f32 products, the weighted sum exact and rounded to f32 once, then half to even.

import type { Picture } from '../media/picture.ts';

/** For each output index: the offsets of the two source values and the weights of both. */
interface Taps {
  readonly first: Int32Array;
  readonly second: Int32Array;
  readonly firstWeight: Float32Array;
  readonly secondWeight: Float32Array;
}

/** `stride` turns source indices into offsets. */
function bilinearTaps(from: number, to: number, stride: number): Taps {
  const first = new Int32Array(to);
  const second = new Int32Array(to);
  const firstWeight = new Float32Array(to);
  const secondWeight = new Float32Array(to);
  const scale = Math.fround(from / to);
  for (let i = 0; i < to; i++) {
    const source = Math.max(0, scale * (i + 0.5) - 0.5);
    const index = Math.min(Math.floor(source), from - 1);
    const fraction = Math.fround(source - index);
    first[i] = index * stride;
    second[i] = Math.min(index + 1, from - 1) * stride;
    firstWeight[i] = 1 - fraction;
    secondWeight[i] = fraction;
  }
  return { first, second, firstWeight, secondWeight };
}

/** Fills `row` [width, 3] from the source rows at the offsets `top` and `bottom`, weighted by `wt` and `wb`. */
function blendRow(
  row: Uint8ClampedArray,
  data: Picture['data'],
  { first, second, firstWeight, secondWeight }: Taps,
  [top, wt]: readonly [offset: number, weight: number],
  [bottom, wb]: readonly [offset: number, weight: number],
): void {
  for (let x = 0, o = 0; o < row.length; x++, o += 3) {
    const left = first[x] ?? 0;
    const right = second[x] ?? 0;
    const wl = firstWeight[x] ?? 0;
    const wr = secondWeight[x] ?? 0;
    const a = Math.fround(wt * wl);
    const b = Math.fround(wt * wr);
    const c = Math.fround(wb * wl);
    const d = Math.fround(wb * wr);
    for (let k = 0; k < 3; k++) {
      const above = a * (data[top + left + k] ?? 0) + b * (data[top + right + k] ?? 0);
      const below = c * (data[bottom + left + k] ?? 0) + d * (data[bottom + right + k] ?? 0);
      // Storing into a clamped array rounds half to even.
      row[o + k] = Math.fround(above + below);
    }
  }
}

/**
 * Resizes `picture` to width x height (the aspect ratio is not kept) and hands over each row of the result, [width, 3],
 * from top to bottom. The row's memory is reused: take what is needed before returning. No whole resized picture is
 * ever held.
 */
export function resizeRows(
  picture: Picture,
  width: number,
  height: number,
  onRow: (row: Uint8ClampedArray, y: number) => void,
): void {
  const { data, channels } = picture;
  const across = bilinearTaps(picture.width, width, channels);
  const down = bilinearTaps(picture.height, height, picture.width * channels);
  const row = new Uint8ClampedArray(width * 3);
  for (let y = 0; y < height; y++) {
    const top = [down.first[y] ?? 0, down.firstWeight[y] ?? 0] as const;
    const bottom = [down.second[y] ?? 0, down.secondWeight[y] ?? 0] as const;
    blendRow(row, data, across, top, bottom);
    onRow(row, y);
  }
}
