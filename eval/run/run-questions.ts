// Asks a model one question after the other and scores its answers, in a page and in Node alike. What was asked is handed out as
// it comes: whoever keeps it can go on from there.

import { Molmo2Error, type Molmo2ErrorCode } from '../../src/errors.ts';
import type { Answer, AskInput, AskOptions, Molmo2 } from '../../src/index.ts';
import type { Question } from '../question.ts';
import { scoreAnswer, type AnswerScore, type ScoringOptions } from '../score-answer.ts';
import type { AskedQuestion, RunSettings } from './run-record.ts';
import { askInput, seenReference } from './shown-media.ts';

/** Scores an answer to a question that a judge decides. What it throws is recorded like any failure, but for an abort. */
export type CaptionJudge = (question: Question, text: string, signal?: AbortSignal) => Promise<AnswerScore>;

export interface RunOptions {
  /** How to ask. How the model was loaded does not matter here. */
  readonly settings?: Omit<RunSettings, 'model' | 'weights' | 'kernels'>;
  /** How many questions there are, for progress. */
  readonly total: number;
  /** Ids of questions that were asked before and are not asked again. */
  readonly asked?: ReadonlySet<string>;
  /** How strict to be; default as published. */
  readonly scoring?: ScoringOptions;
  /** Without it captions are answered and not scored. */
  readonly scoreCaption?: CaptionJudge;
  /** Ends the run, which can go on from what was asked until then. */
  readonly signal?: AbortSignal;
}

export type RunEvent =
  | {
      readonly type: 'progress';
      /** Questions that were asked, now and before. */
      readonly done: number;
      readonly total: number;
      /** As the questions of this run went until now; null before the first. */
      readonly secondsLeft: number | null;
    }
  /** One question was asked, whether it was answered or failed. */
  | { readonly type: 'asked'; readonly asked: AskedQuestion; readonly question: Question };

/** After these no other question can be answered either. */
const endsAll: readonly Molmo2ErrorCode[] = ['device-lost', 'worker-failed', 'worker-blocked', 'no-webgpu'];

function isLost(error: unknown): boolean {
  return error instanceof Molmo2Error && endsAll.includes(error.code);
}

interface Told {
  readonly answer: Answer;
  /** The moments of a video that the model was shown. */
  readonly shownSec: readonly number[];
}

async function ask(molmo: Pick<Molmo2, 'ask'>, input: AskInput, options: AskOptions): Promise<Told> {
  let shownSec: readonly number[] = [];
  for await (const event of molmo.ask(input, options)) {
    if (event.type === 'media') shownSec = event.media.timestamps;
    if (event.type === 'done') return { answer: event.answer, shownSec };
  }
  throw new Error('The question ended without an answer.');
}

/** A failure as it is recorded. Errors of our own, which have no code, are no answer of the model, but they must not end a night's run. */
function recorded(error: unknown): { readonly code: string; readonly message: string } {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof Molmo2Error) return { code: error.code, message };
  return {
    code: error instanceof TypeError || error instanceof RangeError ? 'refused' : 'internal',
    message,
  };
}

async function scored(
  question: Question,
  { answer: { text }, shownSec }: Told,
  { scoring, scoreCaption, signal }: RunOptions,
): Promise<AnswerScore | null> {
  if (question.reference.kind === 'caption') return (await scoreCaption?.(question, text, signal)) ?? null;
  const { reference, unannotated } = seenReference(question.reference, shownSec);
  return scoreAnswer({ ...question, reference }, text, { unannotated, ...scoring });
}

/** Asks one question. Throws only what ends the run. */
async function askOne(
  molmo: Pick<Molmo2, 'ask'>,
  question: Question,
  options: RunOptions,
): Promise<AskedQuestion> {
  const { id, prompt, category, reference } = question;
  const { settings = {}, signal } = options;
  const base = { id, kind: reference.kind, ...(category !== undefined && { category }), prompt };
  let answer: AskedQuestion['answer'] = null;
  try {
    const { kv, maxNewTokens } = settings;
    const told = await ask(molmo, askInput(question, settings), {
      ...(kv && { kv }),
      ...(maxNewTokens !== undefined && { maxNewTokens }),
      ...(signal && { signal }),
    });
    const { text, finishReason, usage, timings } = told.answer;
    answer = { text, finishReason, usage, timings };
    return { ...base, answer, score: await scored(question, told, options) };
  } catch (error) {
    signal?.throwIfAborted();
    if (isLost(error)) throw error;
    return { ...base, answer, score: null, error: recorded(error) };
  }
}

/**
 * Asks `questions` but those that were asked before, in their order. A question that fails is recorded with its error, and the
 * run goes on. Features of pictures that several questions show one after the other are computed once, by the model.
 * @throws the signal's reason, or what makes every further answer impossible (`device-lost`, `worker-failed` ...): load the
 * model again, and go on with those that are asked by then.
 */
export async function* runQuestions(
  molmo: Pick<Molmo2, 'ask'>,
  questions: AsyncIterable<Question> | Iterable<Question>,
  options: RunOptions,
): AsyncGenerator<RunEvent, void, undefined> {
  const { total, asked: before = new Set<string>(), signal } = options;
  const startMs = performance.now();
  let done = before.size;
  let now = 0;
  const progress = (): RunEvent => ({
    type: 'progress',
    done,
    total,
    secondsLeft: now === 0 ? null : ((performance.now() - startMs) / 1000 / now) * Math.max(0, total - done),
  });
  yield progress();
  for await (const question of questions) {
    signal?.throwIfAborted();
    if (before.has(question.id)) continue;
    const asked = await askOne(molmo, question, options);
    done += 1;
    now += 1;
    yield { type: 'asked', asked, question };
    yield progress();
  }
}
