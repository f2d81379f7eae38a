// The shapes that the embedded model knows: how they look, and how they are drawn into pixels.

import { maskOfPixels } from '../metrics/masks.ts';
import type { Mask } from '../question.ts';

export const shapes = ['circle', 'square', 'triangle', 'star', 'cross'] as const;
export type Shape = (typeof shapes)[number];

export const colors = ['red', 'green', 'blue', 'yellow', 'purple', 'orange', 'white'] as const;
export type Color = (typeof colors)[number];

export type Rgb = readonly [red: number, green: number, blue: number];

/** What each colour's name stands for; an object's own colour is a little off. */
export const rgbOf: Readonly<Record<Color, Rgb>> = {
  red: [214, 39, 40],
  green: [44, 160, 44],
  blue: [31, 90, 220],
  yellow: [240, 220, 30],
  purple: [140, 50, 190],
  orange: [255, 140, 0],
  white: [250, 250, 250],
};

/** One shape in a picture: `x`, `y` (its centre) and `r` (its size) in pixels. */
export interface ShapeObject {
  readonly shape: Shape;
  readonly color: Color;
  readonly rgb: Rgb;
  readonly x: number;
  readonly y: number;
  readonly r: number;
}

/** RGBA pixels; the engine takes them as the ImageData that they are in all but name, in a page and in Node. */
export interface Pixels extends ImageData {
  readonly data: Uint8ClampedArray<ArrayBuffer>;
}

/** An opaque black picture. */
export function blankPixels(width: number, height: number): Pixels {
  const data = new Uint8ClampedArray(width * height * 4);
  for (let i = 3; i < data.length; i += 4) data[i] = 255;
  const pixels = { width, height, data, colorSpace: 'srgb' as const };
  // Node has no ImageData; what makes it one to the engine is its tag.
  Object.defineProperty(pixels, Symbol.toStringTag, { value: 'ImageData' });
  return pixels as Pixels;
}

type Corner = readonly [x: number, y: number];

/** The corners of a star (or of a polygon, when both radii are given as one) around `dy` below the centre, the first at the top. */
function corners(count: number, radii: readonly number[], dy: number): Corner[] {
  return Array.from({ length: count }, (_, i) => {
    const angle = (i * 2 * Math.PI) / count;
    const radius = radii[i % radii.length] ?? 0;
    return [radius * Math.sin(angle), dy - radius * Math.cos(angle)];
  });
}

const outlines: Readonly<Record<'triangle' | 'star', readonly Corner[]>> = {
  // A little lower and larger than its circle, so that the centre looks like the middle.
  triangle: corners(3, [1.12], 0.15),
  star: corners(10, [1.15, 0.48], 0),
};

/** Whether a place lies inside a polygon: a ray to the right crosses its sides an odd number of times. */
function isInPolygon(x: number, y: number, polygon: readonly Corner[]): boolean {
  let inside = false;
  let [bx, by] = polygon.at(-1) ?? [0, 0];
  for (const [ax, ay] of polygon) {
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
    [bx, by] = [ax, ay];
  }
  return inside;
}

const squareHalf = 0.88;
const barHalf = 0.36;

/** Whether the place `x`, `y` (from the centre, in units of r) belongs to the shape. */
export function isInShape(shape: Shape, x: number, y: number): boolean {
  const [ax, ay] = [Math.abs(x), Math.abs(y)];
  switch (shape) {
    case 'circle':
      return x * x + y * y <= 1;
    case 'square':
      return ax <= squareHalf && ay <= squareHalf;
    case 'cross':
      return (ax <= 1 && ay <= barHalf) || (ax <= barHalf && ay <= 1);
    case 'triangle':
    case 'star':
      return isInPolygon(x, y, outlines[shape]);
  }
}

/** Left, top, right and bottom of a shape, in pixels. */
export function shapeBox({ shape, x, y, r }: ShapeObject): readonly [number, number, number, number] {
  const half = shape === 'square' ? squareHalf : 1;
  if (shape !== 'triangle' && shape !== 'star')
    return [x - half * r, y - half * r, x + half * r, y + half * r];
  const xs = outlines[shape].map(([dx]) => dx * r + x);
  const ys = outlines[shape].map(([, dy]) => dy * r + y);
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

/** Samples along each side of a pixel: the pictures that the embedded model was trained with were drawn with as many. */
const samples = 2;

/** The share of the pixel at `column`, `row` that the shape covers. */
function coverage({ shape, x, y, r }: ShapeObject, column: number, row: number): number {
  let hits = 0;
  for (let j = 0; j < samples; j++)
    for (let i = 0; i < samples; i++) {
      const [sx, sy] = [column + (i + 0.5) / samples, row + (j + 0.5) / samples];
      if (isInShape(shape, (sx - x) / r, (sy - y) / r)) hits++;
    }
  return hits / (samples * samples);
}

/** Calls `visit` with every pixel that the shape touches inside the picture. */
function eachPixel(
  object: ShapeObject,
  { width, height }: { readonly width: number; readonly height: number },
  visit: (column: number, row: number) => void,
): void {
  const [left, top, right, bottom] = shapeBox(object);
  for (let row = Math.max(0, Math.floor(top)); row < Math.min(height, Math.ceil(bottom)); row++)
    for (let column = Math.max(0, Math.floor(left)); column < Math.min(width, Math.ceil(right)); column++)
      visit(column, row);
}

/** Draws a shape over what is there. */
export function drawShape(pixels: Pixels, object: ShapeObject): void {
  const { data, width } = pixels;
  eachPixel(object, pixels, (column, row) => {
    const share = coverage(object, column, row);
    if (share === 0) return;
    const at = (row * width + column) * 4;
    object.rgb.forEach((value, channel) => {
      data[at + channel] = (data[at + channel] ?? 0) * (1 - share) + value * share;
    });
  });
}

/** The pixels whose middle the shape covers. */
export function shapeMask(object: ShapeObject, width: number, height: number): Mask {
  const inside = new Uint8Array(width * height);
  eachPixel(object, { width, height }, (column, row) => {
    const [x, y] = [column + 0.5 - object.x, row + 0.5 - object.y];
    if (isInShape(object.shape, x / object.r, y / object.r)) inside[row * width + column] = 1;
  });
  return maskOfPixels(inside, width, height);
}
