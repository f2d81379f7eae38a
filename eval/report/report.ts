// What a report says, of one run or of several: numbers, failures, and the worst answers with their
// pictures. The pages and the JSON are made of it.

import type { Interval } from '../metrics/bootstrap.ts';
import type { Question, QuestionKind } from '../question.ts';
import { compareAsked, type KindComparison } from '../run/compare.ts';
import type { AskedQuestion, EvalRun, QuestionSet, RunHead, RunSettings } from '../run/run-record.ts';
import { seenReference, thinnedFrames } from '../run/shown-media.ts';
import { summarize, type RunSummary, type SpeedSummary } from '../run/summary.ts';
import type { ScoringOptions } from '../score-answer.ts';
import { expectedText, whyText } from './explain.ts';
import { markedPictures } from './marks.ts';
import { PictureBudget, type PictureMaker, type ShownPictures } from './pictures.ts';
import { worstAnswers } from './worst.ts';

/** An answer that is shown. */
export interface ReportExample {
  readonly asked: AskedQuestion;
  /** What would have been right; null where the question was not at hand. */
  readonly expected: string | null;
  readonly why: string;
  readonly shown: ShownPictures;
}

/** How fast and how right, of one kind. */
export interface KindSpeed {
  /** null: all. */
  readonly kind: QuestionKind | null;
  /** With an answer. */
  readonly questions: number;
  readonly score: Interval | null;
  readonly speed: SpeedSummary;
}

export interface ReportedRun {
  readonly head: RunHead;
  /** Questions that were asked; fewer than the set has where the run ended early. */
  readonly asked: number;
  readonly summary: RunSummary;
  /** All questions first, then each kind that has answers. */
  readonly speeds: readonly KindSpeed[];
  /** Against the first run over the same questions; null for that one. */
  readonly against: readonly KindComparison[] | null;
  /** Questions without an answer, and answers that nobody could score. */
  readonly failures: readonly AskedQuestion[];
  readonly examples: readonly ReportExample[];
}

export interface EvalReport {
  readonly runs: readonly ReportedRun[];
}

export interface ReportOptions {
  /** The questions of a set, in any order; those that are shown are picked out. null: they are not at hand. */
  readonly questionsOf: (set: QuestionSet) => AsyncIterable<Question> | Iterable<Question> | null;
  /** Makes their pictures; null: none. */
  readonly pictures: PictureMaker | null;
  /** As the runs were scored. */
  readonly scoring?: ScoringOptions;
  /** Answers that are shown, of all runs together; default 24. */
  readonly examples?: number;
  /** Bytes of pictures at most; default 3 MB. */
  readonly pictureBytes?: number;
}

const byDefault = { examples: 24, pictureBytes: 3e6 };

/** Of several runs each shows at least so many. */
const fewest = 4;

/** The questions with these ids; the rest is not kept, and nothing behind the last of them is asked for. */
async function pickedQuestions(
  ids: ReadonlySet<string>,
  questions: AsyncIterable<Question> | Iterable<Question> | null,
): Promise<ReadonlyMap<string, Question>> {
  const found = new Map<string, Question>();
  if (questions === null || ids.size === 0) return found;
  for await (const question of questions) {
    if (ids.has(question.id)) found.set(question.id, question);
    if (found.size === ids.size) break;
  }
  return found;
}

/** @throws RangeError without runs. */
export async function makeReport(runs: readonly EvalRun[], options: ReportOptions): Promise<EvalReport> {
  if (runs.length === 0) throw new RangeError('A report needs at least one run.');
  const { examples = byDefault.examples, pictureBytes = byDefault.pictureBytes } = options;
  const each = Math.max(fewest, Math.floor(examples / runs.length));
  const worst = runs.map(({ asked }) => worstAnswers(asked, each));
  const questions = await shownQuestions(runs, worst, options);
  const budget = new PictureBudget(options.pictures, pictureBytes);
  const reported: ReportedRun[] = [];
  for (const [i, run] of runs.entries()) {
    const shown: ReportExample[] = [];
    const ofSet = questions.get(run.set.sha256) ?? new Map<string, Question>();
    for (const asked of worst[i] ?? [])
      shown.push(await example(asked, run.settings, ofSet, budget, options.scoring));
    const { asked, ...head } = run;
    const base = runs.find(({ set }) => set.sha256 === run.set.sha256);
    const summary = summarize(asked);
    reported.push({
      head,
      asked: asked.length,
      summary,
      speeds: speedsOf(asked, summary),
      against: !base || base === run ? null : compareAsked(base.asked, asked).kinds,
      failures: asked.filter(({ answer, error }) => answer === null || error !== undefined),
      examples: shown,
    });
  }
  return { runs: reported };
}

/** The questions that are shown, by the hash of their set and by their id: ids are unique in a set only. */
async function shownQuestions(
  runs: readonly EvalRun[],
  worst: readonly (readonly AskedQuestion[])[],
  { questionsOf }: ReportOptions,
): Promise<ReadonlyMap<string, ReadonlyMap<string, Question>>> {
  const sets = new Map<string, ReadonlyMap<string, Question>>();
  for (const { set } of runs) {
    if (sets.has(set.sha256)) continue;
    const ids = worst.flatMap((list, i) =>
      runs[i]?.set.sha256 === set.sha256 ? list.map(({ id }) => id) : [],
    );
    sets.set(set.sha256, await pickedQuestions(new Set(ids), questionsOf(set)));
  }
  return sets;
}

function speedsOf(asked: readonly AskedQuestion[], { score, speed, kinds }: RunSummary): KindSpeed[] {
  const answered = (list: readonly AskedQuestion[]) => list.filter(({ answer }) => answer !== null);
  if (!speed) return [];
  const each = kinds.flatMap((group): KindSpeed[] => {
    const here = answered(asked).filter(({ kind }) => kind === group.kind);
    // The scores are there already; speeds have no intervals.
    const { speed: ofKind } = summarize(here, { resamples: 1 });
    return ofKind ? [{ kind: group.kind, questions: here.length, score: group.score, speed: ofKind }] : [];
  });
  return [{ kind: null, questions: answered(asked).length, score, speed }, ...each];
}

/** The question as it was shown and scored: of a long list of frames those that the model saw. */
function asShown(question: Question, settings: RunSettings, scoring: ScoringOptions = {}) {
  const { media, reference } = question;
  if (media.kind !== 'video' || typeof media.video === 'string' || media.video instanceof Blob)
    return { question, scoring };
  const video = thinnedFrames(media.video, settings);
  const seen = seenReference(reference, video.timestamps);
  return {
    question: { ...question, media: { ...media, video }, reference: seen.reference },
    scoring: { unannotated: seen.unannotated, ...scoring },
  };
}

async function example(
  asked: AskedQuestion,
  settings: RunSettings,
  questions: ReadonlyMap<string, Question>,
  budget: PictureBudget,
  scored: ScoringOptions | undefined,
): Promise<ReportExample> {
  const known = questions.get(asked.id);
  const why = whyText(asked);
  if (!known) return { asked, expected: null, why, shown: { pictures: [], outOf: 0, problem: null } };
  const { question, scoring } = asShown(known, settings, scored);
  const marked = markedPictures(question, asked.answer?.text ?? null, scoring);
  return { asked, expected: expectedText(question), why, shown: await budget.show(question, marked) };
}
