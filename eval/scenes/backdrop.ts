// The plain ground behind the shapes: a greyish colour, most often with a slope of light and soft blotches.

import type { Dice } from './random.ts';
import { blankPixels, type Pixels } from './shapes.ts';

/** One blotch is about this many pixels wide. */
const blotchPx = 8;

/** Random heights on a coarse grid, read between its points. */
function blotches(dice: Dice, width: number, height: number): (x: number, y: number) => number {
  const columns = Math.floor(width / blotchPx) + 2;
  const rows = Math.floor(height / blotchPx) + 2;
  const strength = dice.uniform(2, 9);
  const grid = Float64Array.from({ length: columns * rows }, () => dice.normal() * strength);
  const at = (column: number, row: number) =>
    grid[Math.min(rows - 1, row) * columns + Math.min(columns - 1, column)] ?? 0;
  const place = (pixel: number, pixels: number, cells: number) =>
    Math.min(cells - 1, Math.max(0, ((pixel + 0.5) * cells) / pixels - 0.5));
  return (x, y) => {
    const [u, v] = [place(x, width, columns), place(y, height, rows)];
    const [column, row] = [Math.floor(u), Math.floor(v)];
    const [du, dv] = [u - column, v - row];
    const upper = at(column, row) * (1 - du) + at(column + 1, row) * du;
    const lower = at(column, row + 1) * (1 - du) + at(column + 1, row + 1) * du;
    return upper * (1 - dv) + lower * dv;
  };
}

/** A ground to draw shapes on. */
export function backdrop(dice: Dice, width: number, height: number): Pixels {
  const grey = dice.uniform(70, 190);
  const base = [0, 1, 2].map(() => grey + dice.uniform(-25, 25));
  const [slopeX, slopeY] = dice.chance(0.7) ? [dice.uniform(-35, 35), dice.uniform(-35, 35)] : [0, 0];
  const blotch = dice.chance(0.6) ? blotches(dice, width, height) : () => 0;
  const pixels = blankPixels(width, height);
  const { data } = pixels;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [u, v] = [x / Math.max(1, width - 1) - 0.5, y / Math.max(1, height - 1) - 0.5];
      const light = slopeX * u + slopeY * v + blotch(x, y);
      const at = (y * width + x) * 4;
      for (let channel = 0; channel < 3; channel++) data[at + channel] = (base[channel] ?? 0) + light;
    }
  return pixels;
}
