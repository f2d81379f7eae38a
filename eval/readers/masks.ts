// Masks of the formats: COCO's compressed runs, polygons and boxes, and the place that stands for an object.

import { maskOfPixels } from '../metrics/masks.ts';
import type { Box, Mask } from '../question.ts';

/** COCO's compressed runs: five bits a character, the lowest first, and from the fourth run on what it differs by from the one two before. */
export function runsText(counts: readonly number[]): string {
  let text = '';
  counts.forEach((count, i) => {
    let rest = i > 2 ? count - (counts[i - 2] ?? 0) : count;
    for (let more = true; more;) {
      let bits = rest & 31;
      rest >>= 5;
      more = bits & 16 ? rest !== -1 : rest !== 0;
      if (more) bits |= 32;
      text += String.fromCharCode(bits + 48);
    }
  });
  return text;
}

/** The runs that a text stands for; null where it is none. */
export function runsOf(text: string): number[] | null {
  const counts: number[] = [];
  for (let at = 0; at < text.length;) {
    let value = 0;
    for (let shift = 0, more = true; more; shift += 5) {
      const bits = text.charCodeAt(at++) - 48;
      if (!(bits >= 0 && bits < 64) || shift > 30) return null;
      value |= (bits & 31) << shift;
      more = (bits & 32) !== 0;
      if (!more && bits & 16 && shift < 25) value |= -1 << (shift + 5);
    }
    if (counts.length > 2) value += counts.at(-2) ?? 0;
    counts.push(value);
  }
  return counts;
}

/** What is wrong with a mask's runs; null for nothing. */
export function maskFault({ width, height, counts }: Mask): string | null {
  const bad = counts.find((count) => !Number.isSafeInteger(count) || count < 0);
  if (bad !== undefined) return `a run is ${bad} pixels long`;
  const sum = counts.reduce((total, count) => total + count, 0);
  return sum === width * height ? null : `its runs are ${sum} pixels, ${width} x ${height} are needed`;
}

/** Calls `visit` with the place of every pixel inside. */
function eachInside({ height, counts }: Mask, visit: (column: number, row: number) => void): void {
  let at = 0;
  counts.forEach((count, i) => {
    if (i % 2 === 1) for (let p = at; p < at + count; p++) visit(Math.floor(p / height), p % height);
    at += count;
  });
}

export interface MaskShape {
  /** Number of pixels inside. */
  readonly area: number;
  readonly box: Box;
  /** Whether all pixels of the box are inside. */
  readonly isBox: boolean;
  /**
   * The pixel inside that stands for the object, as near to the centre of mass as the mask allows. Whole numbers: evaluations round
   * a point to the pixel that they look up.
   */
  readonly x: number;
  readonly y: number;
}

/** Extent and place of a mask; null where nothing is inside. */
export function maskShape(mask: Mask): MaskShape | null {
  let [area, sumX, sumY, left, top, right, bottom] = [0, 0, 0, Infinity, Infinity, 0, 0];
  eachInside(mask, (column, row) => {
    area++;
    sumX += column;
    sumY += row;
    [left, top] = [Math.min(left, column), Math.min(top, row)];
    [right, bottom] = [Math.max(right, column + 1), Math.max(bottom, row + 1)];
  });
  if (area === 0) return null;
  const box = { x: left, y: top, width: right - left, height: bottom - top };
  if (area === box.width * box.height) {
    const middle = { x: Math.floor(box.x + box.width / 2), y: Math.floor(box.y + box.height / 2) };
    return { area, box, isBox: true, ...middle };
  }
  const [meanX, meanY] = [sumX / area, sumY / area];
  let [x, y, nearest] = [0, 0, Infinity];
  eachInside(mask, (column, row) => {
    const distance = (column - meanX) ** 2 + (row - meanY) ** 2;
    if (distance < nearest) [x, y, nearest] = [column, row, distance];
  });
  return { area, box, isBox: false, x, y };
}

/** A mask of the pixels that are inside; `isInside` is asked for every pixel of `box`, cut to the picture. */
function maskWhere(
  { width, height }: { readonly width: number; readonly height: number },
  box: Box,
  isInside: (column: number, row: number) => boolean,
): Mask {
  const inside = new Uint8Array(width * height);
  const [top, bottom] = [Math.max(0, Math.floor(box.y)), Math.min(height, Math.ceil(box.y + box.height))];
  const right = Math.min(width, Math.ceil(box.x + box.width));
  for (let column = Math.max(0, Math.floor(box.x)); column < right; column++)
    for (let row = top; row < bottom; row++) if (isInside(column, row)) inside[row * width + column] = 1;
  return maskOfPixels(inside, width, height);
}

/** The pixels whose middle lies in the box. */
export function boxMask(size: { readonly width: number; readonly height: number }, box: Box): Mask {
  return maskWhere(size, box, (column, row) => {
    const [x, y] = [column + 0.5 - box.x, row + 0.5 - box.y];
    return x >= 0 && y >= 0 && x < box.width && y < box.height;
  });
}

function crossings(polygon: readonly number[], x: number, y: number): number {
  let count = 0;
  let [bx, by] = polygon.slice(-2) as [number, number];
  for (let i = 0; i + 1 < polygon.length; i += 2) {
    const [ax, ay] = [polygon[i] ?? 0, polygon[i + 1] ?? 0];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) count++;
    [bx, by] = [ax, ay];
  }
  return count;
}

/** The pixels whose middle lies in any of the polygons, each x, y, x, y ... of its corners. */
export function polygonMask(
  size: { readonly width: number; readonly height: number },
  polygons: readonly (readonly number[])[],
): Mask {
  const xs = polygons.flatMap((polygon) => polygon.filter((_, i) => i % 2 === 0));
  const ys = polygons.flatMap((polygon) => polygon.filter((_, i) => i % 2 === 1));
  const least = (list: readonly number[]) => list.reduce((a, b) => Math.min(a, b), Infinity);
  const most = (list: readonly number[]) => list.reduce((a, b) => Math.max(a, b), -Infinity);
  const [x, y] = [least(xs), least(ys)];
  return maskWhere(size, { x, y, width: most(xs) - x, height: most(ys) - y }, (column, row) =>
    polygons.some((polygon) => crossings(polygon, column + 0.5, row + 0.5) % 2 === 1),
  );
}
