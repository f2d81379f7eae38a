// What the embedded model was asked and told: its questions, and the words for shapes and places.

import type { Dice } from './random.ts';
import { colors, shapes, type Color, type Shape, type ShapeObject } from './shapes.ts';

/** Which objects a question is about: those of a colour, of a shape, or of both. */
export interface Target {
  readonly color: Color | null;
  readonly shape: Shape | null;
}

/** Questions by what they want; {p} is the target in the plural, {s} in the singular. */
export const templates = {
  point: [
    'Point to the {p}.',
    'Point to all {p}.',
    'point to {p}',
    'Point at every {s}.',
    'Where are the {p}?',
    'Locate the {p} in the image.',
    'Find the {p}.',
    '{p}',
    'Show me the {s}.',
  ],
  count: [
    'How many {p} are there?',
    'Count the {p}.',
    'how many {p}?',
    'Count the number of {p} in the image.',
  ],
  caption: ['Describe this image.', 'What is in this image?', 'Caption this image.'],
  track: [
    'Track the {p}.',
    'Track the {s}.',
    'Follow the {s} through the video.',
    'Track all {p} in the video.',
  ],
  appear: ['Point to the {p} when they first appear.', 'Point to where the {s} first appears.'],
  videoCount: ['How many {p} appear in the video?'],
  direction: ['Which way does the {s} move?', 'In which direction does the {s} move?'],
  videoCaption: ['Describe this video.', 'What happens in this video?'],
} as const satisfies Record<string, readonly [string, ...string[]]>;

const plural = (shape: Shape) => (shape === 'cross' ? 'crosses' : `${shape}s`);

/** The target in words, of one object or of several. */
export function targetName({ color, shape }: Target, isMany: boolean): string {
  const noun = shape === null ? (isMany ? 'objects' : 'object') : isMany ? plural(shape) : shape;
  return color === null ? noun : `${color} ${noun}`;
}

/** A template with its target filled in. */
export function question(dice: Dice, list: readonly [string, ...string[]], target: Target): string {
  return dice.pick(list).replace('{p}', targetName(target, true)).replace('{s}', targetName(target, false));
}

export function withArticle(words: string): string {
  return `${/^[aeiou]/.test(words) ? 'an' : 'a'} ${words}`;
}

export function capitalised(words: string): string {
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}

/** The part of the picture a place lies in; `x` and `y` are shares of its sides. */
export function partName(x: number, y: number): string {
  const column = x < 0.34 ? 'left' : x > 0.66 ? 'right' : '';
  const row = y < 0.34 ? 'top' : y > 0.66 ? 'bottom' : '';
  return [row, column].filter((word) => word !== '').join(' ') || 'center';
}

/** Something to ask about, most often something that is there. */
export function chooseTarget(dice: Dice, objects: readonly ShapeObject[]): Target {
  const [first, ...more] = objects;
  const { color, shape } =
    first && dice.chance(0.85)
      ? dice.pick([first, ...more])
      : { color: dice.pick(colors), shape: dice.pick(shapes) };
  const draw = dice.uniform(0, 1);
  if (draw < 0.7) return { color, shape };
  return draw < 0.88 ? { color: null, shape } : { color, shape: null };
}

export function isTarget({ color, shape }: Target, object: ShapeObject): boolean {
  return (color === null || object.color === color) && (shape === null || object.shape === shape);
}
