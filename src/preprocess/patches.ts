// Lays pixels out as the patch embedding reads them: crop by crop, patch by patch, and inside a patch
// (row, column, channel), channels last.

import type { Picture } from '../media/picture.ts';
import { resizeRows } from './resize.ts';

/** Crops as patches: [crops, patches of a crop, patchSize * patchSize * 3], 8 bits each. */
export interface PatchGrid {
  readonly patches: Uint8Array;
  /** Side of a crop in pixels, a multiple of `patchSize`. */
  readonly size: number;
  readonly patchSize: number;
}

/** Room for `crops` crops. */
export function patchGrid(crops: number, size: number, patchSize: number): PatchGrid {
  return { patches: new Uint8Array(crops * size * size * 3), size, patchSize };
}

/** Writes row `y` of crop `crop`: `size` pixels of `row` [width, 3] from column `fromX` on. */
export function writeCropRow(
  grid: PatchGrid,
  crop: number,
  y: number,
  row: Uint8ClampedArray,
  fromX: number,
): void {
  const { patches, size, patchSize } = grid;
  const run = patchSize * 3; // bytes of one patch in one row
  const patchBytes = run * patchSize;
  let to = crop * size * size * 3 + Math.floor(y / patchSize) * size * run + (y % patchSize) * run;
  let from = fromX * 3;
  for (let x = 0; x < size; x += patchSize, to += patchBytes)
    for (let i = 0; i < run; i++) patches[to + i] = row[from++] ?? 0;
}

/** Writes the whole picture, squashed to a square, as crop `crop`. */
export function writeSquashed(grid: PatchGrid, crop: number, picture: Picture): void {
  resizeRows(picture, grid.size, grid.size, (row, y) => writeCropRow(grid, crop, y, row, 0));
}
