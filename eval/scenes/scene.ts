// A scene of the world that the embedded model knows: a picture, several pictures or a clip, with questions about it.

import { backdrop } from './backdrop.ts';
import { clipQuestion } from './clip-questions.ts';
import { makeClip, type Clip } from './motion.ts';
import { pictureQuestion, picturesQuestion, type DrawnPicture } from './picture-questions.ts';
import { placeObjects } from './place.ts';
import { dice, type Dice } from './random.ts';
import type { SceneQuestion } from './scene-question.ts';
import { drawShape } from './shapes.ts';

export const sceneKinds = ['image', 'images', 'video'] as const;
export type SceneKind = (typeof sceneKinds)[number];

interface SceneOf {
  /** Names the scene among those of all seeds. */
  readonly name: string;
  readonly questions: readonly SceneQuestion[];
}

export interface PictureScene extends SceneOf {
  readonly kind: 'image' | 'images';
  readonly pictures: readonly [DrawnPicture, ...DrawnPicture[]];
}

export interface ClipScene extends SceneOf {
  readonly kind: 'video';
  readonly clip: Clip;
}

export type Scene = PictureScene | ClipScene;

/** Which scene. */
export interface SceneChoice {
  readonly seed: number;
  /** Number of the scene in its set, from 0. */
  readonly index: number;
  /** Default: any, as often as the embedded model was trained with each. */
  readonly kind?: SceneKind;
  /** How many questions; default 4. */
  readonly questions?: number;
}

function drawnPicture(dice: Dice, width: number, height: number, most: number): DrawnPicture {
  const objects = placeObjects(dice, width, height, dice.whole(1, most + 1));
  const pixels = backdrop(dice, width, height);
  for (const object of objects) drawShape(pixels, object);
  return { pixels, objects };
}

/** Most pictures have the size of one crop; some are larger, smaller or longer on one side. */
function pictureSize(dice: Dice): readonly [width: number, height: number] {
  const draw = dice.uniform(0, 1);
  if (draw < 0.75) return [168, 168];
  const [low, below] = draw < 0.92 ? [150, 340] : [300, 700];
  return [dice.whole(low, below), dice.whole(low, below)];
}

function severalPictures(dice: Dice): [DrawnPicture, ...DrawnPicture[]] {
  const one = () => {
    const [width, height] = dice.pick<readonly [number, number]>([
      [168, 168],
      [168, 130],
      [140, 168],
    ]);
    return drawnPicture(dice, width, height, 3);
  };
  return [one(), one(), ...(dice.chance(1 / 3) ? [one()] : [])];
}

function anyKind(dice: Dice): SceneKind {
  const draw = dice.uniform(0, 1);
  if (draw < 0.67) return 'image';
  return draw < 0.74 ? 'images' : 'video';
}

/** Makes a scene; the same choice makes the same one anywhere. */
export function makeScene({ seed, index, kind, questions = 4 }: SceneChoice): Scene {
  for (const [name, value] of Object.entries({ seed, index, questions }))
    if (!Number.isSafeInteger(value) || value < 0)
      throw new RangeError(`${name} must be a whole number of 0 or more, got ${value}.`);
  const own = dice(seed, index);
  const name = `scene-${seed}-${index}`;
  const drawn = anyKind(own);
  const chosen = kind ?? drawn;
  const several = <T>(ask: () => T) => Array.from({ length: questions }, ask);
  if (chosen === 'video') {
    const clip = makeClip(own);
    return { kind: chosen, name, clip, questions: several(() => clipQuestion(own, clip)) };
  }
  if (chosen === 'images') {
    const pictures = severalPictures(own);
    return { kind: chosen, name, pictures, questions: several(() => picturesQuestion(own, pictures)) };
  }
  const picture = drawnPicture(own, ...pictureSize(own), 6);
  return {
    kind: chosen,
    name,
    pictures: [picture],
    questions: several(() => pictureQuestion(own, picture)),
  };
}
