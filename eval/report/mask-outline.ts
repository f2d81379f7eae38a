// The edge of a mask as the data of an SVG path, so that a report draws it without decoding a picture. Pure.

import { isInMask } from '../metrics/masks.ts';
import type { Mask } from '../question.ts';

/** A path in units of which `width` x `height` cover the mask. */
export interface Outline {
  readonly width: number;
  readonly height: number;
  readonly path: string;
}

// Finer than it is shown would only make a report larger.
const mostCells = 160;

/** Inside or not, cell by cell of a grid no finer than `mostCells`; a cell is what its middle is. */
function cellsOf(mask: Mask): { width: number; height: number; isInside: (x: number, y: number) => boolean } {
  const step = Math.max(1, Math.max(mask.width, mask.height) / mostCells);
  const [width, height] = [Math.ceil(mask.width / step), Math.ceil(mask.height / step)];
  const cells = new Uint8Array(width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const middle = (cell: number, side: number) => Math.min(side - 1, Math.floor((cell + 0.5) * step));
      if (isInMask(mask, middle(x, mask.width), middle(y, mask.height), 'trunc')) cells[y * width + x] = 1;
    }
  const isInside = (x: number, y: number) =>
    x >= 0 && y >= 0 && x < width && y < height && cells[y * width + x] === 1;
  return { width, height, isInside };
}

type Corner = readonly [x: number, y: number];

/** The sides of cells between inside and outside, from corner to corner, with the inside on the right hand. */
function edgesOf({ width, height, isInside }: ReturnType<typeof cellsOf>): Map<number, Corner[]> {
  const edges = new Map<number, Corner[]>();
  const add = (x: number, y: number, to: Corner) => {
    const key = y * (width + 1) + x;
    edges.set(key, [...(edges.get(key) ?? []), to]);
  };
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      if (!isInside(x, y)) continue;
      if (!isInside(x, y - 1)) add(x, y, [x + 1, y]);
      if (!isInside(x + 1, y)) add(x + 1, y, [x + 1, y + 1]);
      if (!isInside(x, y + 1)) add(x + 1, y + 1, [x, y + 1]);
      if (!isInside(x - 1, y)) add(x, y + 1, [x, y]);
    }
  return edges;
}

/** `h3v-1...`: steps of one direction are one command. */
function commands(corners: readonly Corner[]): string {
  let text = '';
  let [direction, length] = ['', 0];
  const flush = () => {
    if (length !== 0) text += `${direction}${length}`;
    length = 0;
  };
  corners.forEach(([x, y], i) => {
    const [fromX, fromY] = corners[i - 1] ?? [x, y];
    const [next, step] = y === fromY ? ['h', x - fromX] : ['v', y - fromY];
    if (next !== direction || Math.sign(step) !== Math.sign(length)) flush();
    direction = next;
    length += step;
  });
  flush();
  return text;
}

/** Every loop around and inside the mask; null where nothing is inside. */
export function maskOutline(mask: Mask): Outline | null {
  const cells = cellsOf(mask);
  const edges = edgesOf(cells);
  const parts: string[] = [];
  for (const start of edges.keys()) {
    let ends = edges.get(start);
    while (ends && ends.length > 0) {
      const first: Corner = [start % (cells.width + 1), Math.floor(start / (cells.width + 1))];
      const loop = [first];
      for (let next = ends.pop(); next; next = edges.get(next[1] * (cells.width + 1) + next[0])?.pop())
        loop.push(next);
      parts.push(`M${first.join(' ')}${commands(loop)}z`);
      ends = edges.get(start);
    }
  }
  return parts.length === 0 ? null : { width: cells.width, height: cells.height, path: parts.join('') };
}
