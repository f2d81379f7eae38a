// Turns pixels as a container's metadata says.

import type { Picture } from '../picture.ts';

/** First a clockwise rotation, then a mirroring left to right. */
export interface Orientation {
  readonly rotation: 0 | 90 | 180 | 270;
  readonly flip: boolean;
}

/** The picture as it is meant to be seen; itself where nothing is to be done. */
export function orient(picture: Picture, { rotation, flip }: Orientation): Picture {
  if (rotation === 0 && !flip) return picture;
  const { width, height, channels, data } = picture;
  const isTurned = rotation === 90 || rotation === 270;
  const [outWidth, outHeight] = isTurned ? [height, width] : [width, height];
  const out = new Uint8Array(width * height * channels);
  // Where the output's first pixel comes from, and how far the source moves for a step right and a step down.
  const [lastX, lastY] = [(width - 1) * channels, (height - 1) * width * channels];
  const [stepX, stepY] = [channels, width * channels];
  let [start, right, down] = {
    0: [0, stepX, stepY],
    90: [lastY, -stepY, stepX],
    180: [lastX + lastY, -stepX, -stepY],
    270: [lastX, stepY, -stepX],
  }[rotation] as [number, number, number];
  if (flip) [start, right] = [start + right * (outWidth - 1), -right];
  for (let y = 0, to = 0; y < outHeight; y++)
    for (let x = 0, from = start + y * down; x < outWidth; x++, from += right)
      for (let c = 0; c < channels; c++) out[to++] = data[from + c] ?? 0;
  return { width: outWidth, height: outHeight, channels, data: out };
}
