// What a visitor chose: questions, model and formats, as plain data that survives the page.

import { Molmo2Error } from '../../src/index.ts';
import { sceneSource, scoredKinds, selected, type QuestionSource } from '../../eval/run/question-set.ts';
import type { RunSettings } from '../../eval/run/run-record.ts';
import { questionsOfFiles, type ChosenFile } from './chosen-questions.ts';

export type RequestedQuestions =
  | { readonly kind: 'scenes'; readonly scenes: number; readonly seed: number; readonly questions: number }
  /** The file of questions and the media that it names. */
  | { readonly kind: 'files'; readonly files: readonly ChosenFile[] };

export interface EvalRequest {
  readonly questions: RequestedQuestions;
  readonly settings: RunSettings;
}

function scenesOf(chosen: Extract<RequestedQuestions, { readonly kind: 'scenes' }>): QuestionSource {
  const { scenes, seed, questions } = chosen;
  return sceneSource({ scenes, seed, questions });
}

/** The questions that are asked: those that need a judge are not. Throws `bad-dataset` for files that cannot be used. */
export async function requestedSource({ questions }: EvalRequest): Promise<QuestionSource> {
  const source = questions.kind === 'scenes' ? scenesOf(questions) : await questionsOfFiles(questions.files);
  return selected(source, { kinds: scoredKinds });
}

/** What was chosen, checked. @throws Molmo2Error `bad-request` naming what is missing. */
export function checkedRequest(request: EvalRequest): EvalRequest {
  const { questions, settings } = request;
  if (questions.kind === 'files' && questions.files.length === 0)
    throw new Molmo2Error(
      'bad-request',
      'There is no file of questions yet. Choose one together with its pictures and videos, or take fresh scenes.',
    );
  if (settings.model === '')
    throw new Molmo2Error(
      'bad-request',
      'The model has no address yet. Write it, or choose a model by its name.',
    );
  return request;
}
