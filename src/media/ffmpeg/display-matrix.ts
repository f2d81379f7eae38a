// The quarter turns and mirrorings that a container's display matrix can ask for.

import type { Orientation } from '../picture/orient.ts';

/** One in the matrix's fixed-point numbers. */
const one = 65536;

/** As a player takes it: a matrix that turns by another angle, shears, or scales while it does not turn is left out. */
export function orientationOf(matrix: readonly number[]): Orientation {
  const [a = one, b = 0, , c = 0, d = one] = matrix;
  const isUpright = b === 0 && c === 0 && Math.abs(a) === one && Math.abs(d) === one;
  const isSideways = a === 0 && d === 0 && b !== 0 && Math.abs(b) === Math.abs(c);
  if (!isUpright && !isSideways) return { rotation: 0, flip: false };
  const flip = a * d - b * c < 0;
  // Mirrored last, so the picture's upper edge points to (x, b) after the rotation alone.
  const x = flip ? -a : a;
  if (isUpright) return { rotation: x > 0 ? 0 : 180, flip };
  return { rotation: b > 0 ? 90 : 270, flip };
}

/** The nine numbers that ffprobe prints in three numbered rows. */
export function parseMatrix(printed: string): number[] {
  return printed
    .split('\n')
    .flatMap((row) => row.split(':')[1]?.trim().split(/\s+/) ?? [])
    .map(Number);
}

/** The filters that turn a picture so. */
export function orientationFilters({ rotation, flip }: Orientation): string[] {
  const turn = { 0: [], 90: ['transpose=clock'], 180: ['hflip', 'vflip'], 270: ['transpose=cclock'] }[
    rotation
  ];
  return flip ? [...turn, 'hflip'] : turn;
}
