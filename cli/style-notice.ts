// What to say about a style that the model does not know.

import { trainingStyles } from '../src/index.ts';
import { closest } from '../src/weights/source/closest.ts';

/** A sentence, or null for a style of the training data. */
export function styleNotice(style: string): string | null {
  if (trainingStyles.includes(style)) return null;
  const meant = closest(style, trainingStyles);
  return `--style ${style} is no style that the model was trained with, so the question begins with "${style}: ".${meant === null ? '' : ` Did you mean ${meant}?`}`;
}
