// Where questions come from: sources that can be gone through again and again, one question at a time, so that no set has to be
// held with its pictures.

import { Molmo2Error } from '../../src/errors.ts';
import type { Question, QuestionKind } from '../question.ts';
import { sceneQuestions } from '../scenes/scene-questions.ts';
import { makeScene, type SceneKind } from '../scenes/scene.ts';
import type { QuestionSet } from './run-record.ts';

/** Questions by a name; each call of `questions` gives the same ones in the same order. */
export interface QuestionSource {
  readonly name: string;
  questions(): AsyncIterable<Question> | Iterable<Question>;
}

/** Which questions of a source. */
export interface Selection {
  /** Default: all kinds. */
  readonly kinds?: readonly QuestionKind[];
  /** At most so many, the first ones; default all. */
  readonly limit?: number;
}

/** Scenes numbered from 0, made from a seed. */
export interface SceneSet {
  readonly scenes: number;
  readonly seed: number;
  /** About each scene; default 4. */
  readonly questions?: number;
  /** Default: any. */
  readonly kind?: SceneKind;
}

/** Every kind of question that is scored without a judge. */
export const scoredKinds = [
  'points',
  'count',
  'video-points',
  'tracks',
  'choice',
  'short',
] as const satisfies readonly QuestionKind[];

export const questionKinds: readonly QuestionKind[] = [...scoredKinds, 'caption'];

/** Makes each scene when its questions are asked for. */
export function sceneSource({ scenes, seed, questions = 4, kind }: SceneSet): QuestionSource {
  const each = questions === 4 ? '' : `, ${questions} ${questions === 1 ? 'question' : 'questions'} each`;
  const what = kind === undefined ? 'scenes' : `${kind} scenes`;
  return {
    name: `${scenes} ${what} of seed ${seed}${each}`,
    async *questions() {
      for (let index = 0; index < scenes; index++)
        yield* await sceneQuestions(makeScene({ seed, index, questions, ...(kind && { kind }) }));
    },
  };
}

/** The questions of `source` that are selected. */
export function selected(source: QuestionSource, { kinds, limit = Infinity }: Selection): QuestionSource {
  return {
    name: source.name,
    async *questions() {
      let left = limit;
      for await (const question of source.questions()) {
        if (left <= 0) return;
        if (kinds && !kinds.includes(question.reference.kind)) continue;
        left -= 1;
        yield question;
      }
    },
  };
}

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * Goes through a source once: how many questions it has, and their hash, which is taken of the hashes of all questions.
 * @throws Molmo2Error `bad-dataset` where two questions have one id, or where there is no question.
 */
export async function describeSet(source: QuestionSource, signal?: AbortSignal): Promise<QuestionSet> {
  const seen = new Set<string>();
  const hashes: string[] = [];
  for await (const { id, prompt, style = null, reference } of source.questions()) {
    signal?.throwIfAborted();
    if (seen.has(id))
      throw new Molmo2Error(
        'bad-dataset',
        `${source.name} has two questions with the id "${id}". Give each one of its own.`,
      );
    seen.add(id);
    hashes.push(await sha256(JSON.stringify([id, prompt, style, reference])));
  }
  if (hashes.length === 0)
    throw new Molmo2Error(
      'bad-dataset',
      `${source.name} has no question that was selected. Choose other kinds of questions, or another file.`,
    );
  return { name: source.name, questions: hashes.length, sha256: await sha256(hashes.join('\n')) };
}
