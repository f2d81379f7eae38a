// Two questions about one scene, one after the other, as the embedded model was trained to answer them: the second is drawn like
// the first, and is one that places are the answer to, so that it has an F1.

import { invariant } from '../../src/errors.ts';
import type { Question } from '../question.ts';
import { makeScene, type SceneChoice, type SceneKind } from './scene.ts';
import type { SceneQuestionKind } from './scene-question.ts';
import { sceneQuestions } from './scene-questions.ts';

export interface Conversation {
  readonly name: string;
  readonly kind: SceneKind;
  readonly first: Question;
  /** About the same medium. Its reference is of kind `points`, `video-points` or `tracks`. */
  readonly second: Question;
}

const placing: readonly SceneQuestionKind[] = ['point', 'appear', 'track'];

// About half of all questions are of these kinds; there was no second one among so many once in a million scenes at most.
const drawn = 24;

/** Makes a conversation; the same choice makes the same one anywhere. The second question is worded otherwise than the first. */
export async function makeConversation(choice: Omit<SceneChoice, 'questions'>): Promise<Conversation> {
  const scene = makeScene({ ...choice, questions: drawn });
  const [one, ...others] = scene.questions;
  const other = others.find(({ kind, prompt }) => placing.includes(kind) && prompt !== one?.prompt);
  invariant(one && other, `${scene.name} has no question to go on with`);
  const [first, second] = await sceneQuestions({ ...scene, questions: [one, other] });
  invariant(first && second, `${scene.name} has fewer questions than it was given`);
  return { name: scene.name, kind: scene.kind, first, second };
}
