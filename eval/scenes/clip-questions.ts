// Questions about a clip: what moves where, who appears when, how many there are.

import { countText, pointsText, tracksText } from '../../src/grounding/molmo-text.ts';
import { placeAt, type Clip, type MovingObject } from './motion.ts';
import type { Dice } from './random.ts';
import type { SceneQuestion, SceneTrack } from './scene-question.ts';
import {
  capitalised,
  chooseTarget,
  isTarget,
  question,
  targetName,
  templates,
  withArticle,
  type Target,
} from './words.ts';

/** Where an object is in every frame that shows it. */
function moments(clip: Clip, object: MovingObject): SceneTrack['moments'] {
  const endSec = clip.timestamps.at(-1) ?? 0;
  return clip.timestamps.flatMap((timeSec) => {
    const place = placeAt(object, timeSec, endSec);
    return place ? [{ timeSec, object: { ...object, ...place } }] : [];
  });
}

function trackQuestion(dice: Dice, clip: Clip, target: Target): SceneQuestion {
  const tracks = clip.objects
    .filter((object) => isTarget(target, object))
    .map((object, i) => ({ id: i + 1, moments: moments(clip, object) }));
  const label = targetName(target, false);
  const written = tracks.map(({ id, moments: seen }) => ({
    id,
    points: seen.map(({ timeSec, object: { x, y } }) => ({ timeSec, x, y })),
  }));
  return {
    kind: 'track',
    prompt: question(dice, templates.track, target),
    // The embedded model was taught this sentence where there is nothing to follow.
    answer: tracks.length > 0 ? tracksText(written, label, clip) : 'No tracks available.',
    label,
    tracks,
  };
}

/** Asks where each target first appears, or how many do. */
function appearQuestion(
  dice: Dice,
  clip: Clip,
  target: Target,
  kind: 'appear' | 'video-count',
): SceneQuestion {
  const points = clip.objects.flatMap((object) => {
    const first = isTarget(target, object) ? moments(clip, object)[0] : undefined;
    return first ? [first] : [];
  });
  const { width, height } = clip;
  const groups = clip.timestamps.map((key) => ({
    key,
    width,
    height,
    points: points.filter(({ timeSec }) => timeSec === key).map(({ object }) => object),
  }));
  const label = targetName(target, false);
  return {
    kind,
    prompt: question(dice, kind === 'appear' ? templates.appear : templates.videoCount, target),
    answer: kind === 'appear' ? pointsText(groups, label, true) : countText(groups, label, true),
    label,
    points,
  };
}

function directionQuestion(dice: Dice, target: Target, { direction }: MovingObject): SceneQuestion {
  return {
    kind: 'direction',
    prompt: question(dice, templates.direction, target),
    answer: direction === 'still' ? 'It does not move.' : capitalised(direction),
  };
}

function captionQuestion(dice: Dice, { objects }: Clip): SceneQuestion {
  const parts = objects
    .toSorted((a, b) => a.enterSec - b.enterSec || a.x - b.x)
    .map(({ color, shape, direction }) => {
      const way = direction === 'still' ? 'stays still' : `moves ${direction}`;
      return `${withArticle(color)} ${shape} ${way}`;
    });
  return {
    kind: 'video-caption',
    prompt: dice.pick(templates.videoCaption),
    answer: `In this video ${parts.join(', ')}.`,
    statements: parts.map((part) => `${capitalised(part)}.`),
  };
}

/** One question about a clip, of any kind. */
export function clipQuestion(dice: Dice, clip: Clip): SceneQuestion {
  const target = chooseTarget(dice, clip.objects);
  const draw = dice.uniform(0, 1);
  if (draw < 0.5) return trackQuestion(dice, clip, target);
  if (draw < 0.66) return appearQuestion(dice, clip, target, 'appear');
  if (draw < 0.78) return appearQuestion(dice, clip, target, 'video-count');
  const [only, ...others] = clip.objects.filter((object) => isTarget(target, object));
  if (draw < 0.9 && only && others.length === 0) return directionQuestion(dice, target, only);
  return captionQuestion(dice, clip);
}
