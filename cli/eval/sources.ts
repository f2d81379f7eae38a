// What `eval` was told to ask about, as sets of questions.

import { describeSet, sceneSource, selected, type QuestionSource } from '../../eval/run/question-set.ts';
import type { QuestionSet } from '../../eval/run/run-record.ts';
import type { EvalTask } from '../eval-options.ts';
import { refuseMissingMedia } from '../questions/media-paths.ts';
import { openQuestions } from '../questions/open-questions.ts';
import { fileWords } from './cell-names.ts';

export interface OpenedSet {
  readonly source: QuestionSource;
  readonly set: QuestionSet;
  /** Names its files. */
  readonly word: string;
}

/** Opens and counts all sets. Throws `bad-dataset`. */
export async function openSets(
  { about, kinds, limit }: Pick<EvalTask, 'about' | 'kinds' | 'limit'>,
  signal: AbortSignal,
): Promise<OpenedSet[]> {
  const named: { readonly source: QuestionSource; readonly name: string }[] = [];
  if (about.kind === 'scenes')
    for (const scenes of about.sets) named.push({ source: sceneSource(scenes), name: `seed-${scenes.seed}` });
  else
    for (const path of about.paths) {
      const { name, questions } = await openQuestions(path, { ...about, signal });
      named.push({ source: { name, questions: () => questions }, name });
    }
  const words = fileWords(named.map(({ name }) => name));
  const sets: OpenedSet[] = [];
  for (const [i, { source, name }] of named.entries()) {
    const chosen = selected(source, { kinds, ...(limit !== undefined && { limit }) });
    if (about.kind === 'files') {
      const questions = [];
      for await (const question of chosen.questions()) questions.push(question);
      await refuseMissingMedia(questions, name);
    }
    sets.push({ source: chosen, set: await describeSet(chosen, signal), word: words[i] ?? name });
  }
  return sets;
}
