// Questions about one picture or several, with the answers that follow from what was drawn.

import { countText, pointsText, type PointGroup } from '../../src/grounding/molmo-text.ts';
import type { Dice } from './random.ts';
import type { SceneQuestion } from './scene-question.ts';
import type { Pixels, ShapeObject } from './shapes.ts';
import {
  capitalised,
  chooseTarget,
  isTarget,
  partName,
  question,
  targetName,
  templates,
  withArticle,
  type Target,
} from './words.ts';

/** A picture and what is drawn in it. */
export interface DrawnPicture {
  readonly pixels: Pixels;
  readonly objects: readonly ShapeObject[];
}

function pointGroups(pictures: readonly DrawnPicture[], target: Target): PointGroup[] {
  return pictures.map(({ pixels: { width, height }, objects }, i) => ({
    key: i + 1,
    width,
    height,
    points: objects.filter((object) => isTarget(target, object)),
  }));
}

/** Asks to point at a target in all pictures, or to count it. */
function findQuestion(
  dice: Dice,
  pictures: readonly DrawnPicture[],
  target: Target,
  kind: 'point' | 'count',
): SceneQuestion {
  const groups = pointGroups(pictures, target);
  const name = targetName(target, false);
  return {
    kind,
    prompt: question(dice, templates[kind], target),
    answer: kind === 'point' ? pointsText(groups, name, false) : countText(groups, name, false),
    label: name,
    points: pictures.flatMap(({ objects }, i) =>
      objects.filter((object) => isTarget(target, object)).map((object) => ({ image: i + 1, object })),
    ),
  };
}

function shareOf(object: ShapeObject, { width, height }: Pixels): string {
  return partName(object.x / width, object.y / height);
}

function captionQuestion(dice: Dice, { pixels, objects }: DrawnPicture): SceneQuestion {
  const parts = objects
    .toSorted((a, b) => a.x - b.x)
    .map((object) => `${withArticle(object.color)} ${object.shape} at the ${shareOf(object, pixels)}`);
  return {
    kind: 'caption',
    prompt: dice.pick(templates.caption),
    answer: parts.length > 0 ? `There is ${parts.join(', ')}.` : 'The image is empty.',
    statements: parts.map((part) => `There is ${part}.`),
  };
}

function presenceQuestion({ objects }: DrawnPicture, target: Target): SceneQuestion {
  return {
    kind: 'yes-no',
    prompt: `Is there ${withArticle(targetName(target, false))}?`,
    answer: objects.some((object) => isTarget(target, object)) ? 'Yes' : 'No',
  };
}

/** Colour or place of a shape that is there once; whether the target is there, where no shape is. */
function detailQuestion(dice: Dice, picture: DrawnPicture, target: Target): SceneQuestion {
  const { pixels, objects } = picture;
  const single = objects.filter(({ shape }) => objects.filter((other) => other.shape === shape).length === 1);
  const [first, ...more] = single;
  if (!first) return presenceQuestion(picture, target);
  const object = dice.pick([first, ...more]);
  return dice.chance(0.6)
    ? { kind: 'short', prompt: `What color is the ${object.shape}?`, answer: capitalised(object.color) }
    : {
        kind: 'short',
        prompt: `Where is the ${object.shape}?`,
        answer: capitalised(shareOf(object, pixels)),
      };
}

/** One question about a picture, of any kind. */
export function pictureQuestion(dice: Dice, picture: DrawnPicture): SceneQuestion {
  const draw = dice.uniform(0, 1);
  const target = chooseTarget(dice, picture.objects);
  if (draw < 0.5) return findQuestion(dice, [picture], target, 'point');
  if (draw < 0.72) return findQuestion(dice, [picture], target, 'count');
  if (draw < 0.82) return captionQuestion(dice, picture);
  return draw < 0.91 ? presenceQuestion(picture, target) : detailQuestion(dice, picture, target);
}

/** One question about all of several pictures. */
export function picturesQuestion(
  dice: Dice,
  pictures: readonly [DrawnPicture, ...DrawnPicture[]],
): SceneQuestion {
  const target = chooseTarget(dice, dice.pick(pictures).objects);
  return findQuestion(dice, pictures, target, dice.chance(0.7) ? 'point' : 'count');
}
