// Where the shapes of a picture lie: far enough from each other, and some of a kind, so that there is something to count.

import type { Dice } from './random.ts';
import { colors, rgbOf, shapes, type Color, type Rgb, type Shape, type ShapeObject } from './shapes.ts';

/** How far a channel of an object's colour is from that of its name, at most. */
const colorSpread = 12;

/** Colour and shape of the next object; about a third takes after one that is there. */
function nextKind(dice: Dice, objects: readonly ShapeObject[]): { color: Color; shape: Shape } {
  const [first, ...more] = objects;
  if (!first || !dice.chance(0.35)) return { color: dice.pick(colors), shape: dice.pick(shapes) };
  const { color, shape } = dice.pick([first, ...more]);
  if (dice.chance(0.3)) return { color, shape: dice.pick(shapes) };
  return { color: dice.chance(0.3) ? dice.pick(colors) : color, shape };
}

function shaded(dice: Dice, rgb: Rgb): Rgb {
  const channel = (value: number) =>
    Math.floor(Math.min(255, Math.max(0, value + dice.uniform(-colorSpread, colorSpread))));
  return [channel(rgb[0]), channel(rgb[1]), channel(rgb[2])];
}

/** Up to `count` objects that do not touch; fewer where no room is found for one. */
export function placeObjects(dice: Dice, width: number, height: number, count: number): ShapeObject[] {
  const objects: ShapeObject[] = [];
  for (let i = 0; i < count; i++)
    for (let attempt = 0; attempt < 40; attempt++) {
      const r = dice.uniform(0.07, 0.14) * Math.min(width, height);
      const [x, y] = [dice.uniform(r, width - r), dice.uniform(r, height - r)];
      if (objects.some((other) => Math.hypot(x - other.x, y - other.y) <= 1.25 * (r + other.r))) continue;
      const { color, shape } = nextKind(dice, objects);
      objects.push({ shape, color, rgb: shaded(dice, rgbOf[color]), x, y, r });
      break;
    }
  return objects;
}
