// Clips: shapes that drift in a straight line or rest, some entering late or leaving early, and their true paths.

import { backdrop } from './backdrop.ts';
import { placeObjects } from './place.ts';
import type { Dice } from './random.ts';
import { blankPixels, drawShape, type Pixels, type ShapeObject } from './shapes.ts';

export type Direction = 'left' | 'right' | 'up' | 'down' | 'still';

/** A shape on its way: at `x`, `y` at time 0, at `end` at the clip's end. */
export interface MovingObject extends ShapeObject {
  readonly direction: Direction;
  readonly end: { readonly x: number; readonly y: number };
  /** The first and last moment it is seen, in seconds. */
  readonly enterSec: number;
  readonly leaveSec: number;
}

export interface Clip {
  readonly width: number;
  readonly height: number;
  readonly frames: readonly Pixels[];
  /** Seconds, one per frame. */
  readonly timestamps: readonly number[];
  readonly objects: readonly MovingObject[];
}

/** Frames of a second. */
const fps = 2;

/** Where an object is at a moment of a clip that ends at `endSec`; null while it is not to be seen. */
export function placeAt(
  object: MovingObject,
  timeSec: number,
  endSec: number,
): { x: number; y: number } | null {
  if (timeSec < object.enterSec || timeSec > object.leaveSec) return null;
  const share = endSec === 0 ? 0 : Math.min(1, timeSec / endSec);
  const { x, y, end } = object;
  return { x: x + (end.x - x) * share, y: y + (end.y - y) * share };
}

/** Where a path that grows in one coordinate begins and ends, as shares of the picture's side. */
function stretch(dice: Dice): readonly [low: number, high: number] {
  return [dice.uniform(0.08, 0.4), dice.uniform(0.6, 0.92)];
}

function setInMotion(
  dice: Dice,
  object: ShapeObject,
  clip: { width: number; height: number; frames: number },
) {
  const { width, height, frames } = clip;
  const { x, y } = object;
  const middle = () => dice.whole(1, frames - 1) / fps;
  const isLate = frames > 3 && dice.chance(0.3);
  const isGone = !isLate && frames > 3 && dice.chance(0.15);
  const seen = { enterSec: isLate ? middle() : 0, leaveSec: isGone ? middle() : (frames - 1) / fps };
  if (dice.chance(0.3)) return { ...object, ...seen, direction: 'still' as const, end: { x, y } };
  const direction = dice.pick(['left', 'right', 'up', 'down']);
  const [low, high] = stretch(dice);
  const [from, to] = direction === 'right' || direction === 'down' ? [low, high] : [high, low];
  return direction === 'left' || direction === 'right'
    ? { ...object, ...seen, direction, x: from * width, end: { x: to * width, y } }
    : { ...object, ...seen, direction, y: from * height, end: { x, y: to * height } };
}

function copyOf(pixels: Pixels): Pixels {
  const copy = blankPixels(pixels.width, pixels.height);
  copy.data.set(pixels.data);
  return copy;
}

/** A clip of three to nine frames. */
export function makeClip(dice: Dice): Clip {
  const frameCount = dice.whole(3, 10);
  const [width, height] = dice.chance(0.7) ? [168, 168] : [dice.whole(130, 260), dice.whole(130, 260)];
  const objects: readonly MovingObject[] = placeObjects(dice, width, height, dice.pick([1, 1, 2, 2, 3])).map(
    (object) => setInMotion(dice, object, { width, height, frames: frameCount }),
  );
  const timestamps = Array.from({ length: frameCount }, (_, i) => i / fps);
  const endSec = timestamps.at(-1) ?? 0;
  const ground = backdrop(dice, width, height);
  const frames = timestamps.map((timeSec) => {
    const frame = copyOf(ground);
    for (const object of objects) {
      const place = placeAt(object, timeSec, endSec);
      if (place) drawShape(frame, { ...object, ...place });
    }
    return frame;
  });
  return { width, height, frames, timestamps, objects };
}
