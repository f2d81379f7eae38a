// Scores the captions of a run that have no score yet: those that were just answered, and those that no judge could score before.

import { Molmo2Error } from '../../src/errors.ts';
import type { Question } from '../question.ts';
import type { AskedQuestion } from '../run/run-record.ts';
import type { Judge } from './judge.ts';

/** Captions that were answered and have no score. */
export function unjudged(asked: readonly AskedQuestion[]): AskedQuestion[] {
  return asked.filter(({ kind, answer, score }) => kind === 'caption' && answer !== null && score === null);
}

async function judged(
  judge: Judge,
  question: Question,
  asked: AskedQuestion,
  signal?: AbortSignal,
): Promise<AskedQuestion> {
  const { error: _before, ...rest } = asked;
  try {
    const score = await judge.scoreCaption(question, asked.answer?.text ?? '', signal);
    return { ...rest, score };
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof Molmo2Error)) throw error;
    return { ...rest, error: { code: error.code, message: error.message } };
  }
}

/**
 * Asks the judge about every caption of `asked` that has no score; `questions` are those of the run, with their references. Hands
 * each out as it is judged, in any order, with its score, or with the error that says why it has none.
 * @throws the signal's own reason.
 */
export async function* judgeAnswers(
  judge: Judge,
  asked: readonly AskedQuestion[],
  questions: AsyncIterable<Question> | Iterable<Question>,
  signal?: AbortSignal,
): AsyncGenerator<AskedQuestion, void, undefined> {
  const open = new Map(unjudged(asked).map((one) => [one.id, one]));
  const running = new Map<string, Promise<AskedQuestion>>();
  const next = async (): Promise<AskedQuestion> => {
    const done = await Promise.race(running.values());
    running.delete(done.id);
    return done;
  };
  for await (const question of open.size === 0 ? [] : questions) {
    const one = open.get(question.id);
    if (!one) continue;
    running.set(one.id, judged(judge, question, one, signal));
    // As many captions as the judge may be asked about at once.
    if (running.size >= judge.atOnce) yield await next();
  }
  while (running.size > 0) yield await next();
}
