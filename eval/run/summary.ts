// What a run says: scores with intervals by kind and category of question, and how fast the answers came. Pure.

import {
  bootstrap,
  bootstrapMean,
  quantile,
  type BootstrapOptions,
  type Interval,
} from '../metrics/bootstrap.ts';
import { meanCaptionScores } from '../metrics/captions.ts';
import type { QuestionKind } from '../question.ts';
import type { AnswerScore } from '../score-answer.ts';
import type { AskedQuestion } from './run-record.ts';

/** What else is measured beside the score, by kind. Shares and means of questions, but for `mota`, `switches` and `meanError`. */
export type FigureName =
  /**
   * Of `points`, `video-points` and `caption`; of `tracks` those of its moments. `f1` of `caption` is that of mean precision and mean
   * recall, as published, and not the mean of questions.
   */
  | 'precision'
  | 'recall'
  | 'f1'
  /** Of `count`: `meanError` is that of the answers that say a number. */
  | 'withinOne'
  | 'close'
  | 'saysNumber'
  | 'meanError'
  /** Of `tracks`: `mota` is of the objects of all its questions together, `switches` how many there were. */
  | 'detA'
  | 'assA'
  | 'mota'
  | 'switches';

export interface Figure {
  readonly name: FigureName;
  /** null where no question has it. `switches` is a number without an interval: low and high are the same. */
  readonly value: Interval | null;
}

/** Questions of one kind, or of one category of it. */
export interface GroupSummary {
  readonly kind: QuestionKind;
  /** null: all of the kind. */
  readonly category: string | null;
  readonly questions: number;
  /** Without an answer; each counts as 0. */
  readonly failed: number;
  /** Answered, but not scored: captions without a judge, and where the judge failed. They count for nothing. */
  readonly unscored: number;
  /** Answers that were cut off by the limit of new tokens. */
  readonly truncated: number;
  /** Mean of the questions that have a score. */
  readonly score: Interval | null;
  readonly figures: readonly Figure[];
}

/** Over the questions that were answered. */
export interface SpeedSummary {
  /** Of a whole question, in seconds. */
  readonly medianSec: number;
  readonly p95Sec: number;
  /** Until the first token of the answer. */
  readonly medianFirstTokenSec: number;
  /** Tokens of all answers over all seconds of decoding; null where there are none. */
  readonly decodeTokensPerSec: number | null;
  readonly promptTokens: number;
  readonly newTokens: number;
  readonly totalSec: number;
}

export interface RunSummary {
  readonly questions: number;
  readonly failed: number;
  /** Codes of what failed and how often, the most frequent first; those of a judge, too. */
  readonly errors: readonly { readonly code: string; readonly questions: number }[];
  readonly unscored: number;
  readonly truncated: number;
  /** Mean of all questions that have a score, of whatever kind. */
  readonly score: Interval | null;
  /** In the order of `questionKinds`. */
  readonly kinds: readonly GroupSummary[];
  /** By kind, then by name; only where a kind has more than one category. */
  readonly categories: readonly GroupSummary[];
  /** null where nothing was answered. */
  readonly speed: SpeedSummary | null;
}

const kindOrder: readonly QuestionKind[] = [
  'points',
  'count',
  'video-points',
  'tracks',
  'choice',
  'short',
  'caption',
];

/** What a question counts: 0 where it failed, null where nobody scored its answer. */
export function scoreOf({ answer, score }: AskedQuestion): number | null {
  if (score) return score.score;
  return answer ? null : 0;
}

/** Scores of questions. A caption that failed is no 0 where no caption was to be scored. */
function scoresOf(asked: readonly AskedQuestion[]): number[] {
  const isJudged = asked.some(({ kind, score }) => kind === 'caption' && score !== null);
  return asked.flatMap((one) => {
    const value = one.kind === 'caption' && !isJudged ? null : scoreOf(one);
    return value === null ? [] : [value];
  });
}

type Scored<K extends AnswerScore['kind']> = Extract<AnswerScore, { readonly kind: K }>;

function isOf<K extends AnswerScore['kind']>(score: AnswerScore, kinds: readonly K[]): score is Scored<K> {
  return kinds.some((kind) => kind === score.kind);
}

/** Scores of these kinds; null for each question that failed. */
function scoresOfKind<K extends AnswerScore['kind']>(
  asked: readonly AskedQuestion[],
  ...kinds: readonly K[]
): (Scored<K> | null)[] {
  return asked.flatMap(({ answer, score }) => {
    if (score) return isOf(score, kinds) ? [score] : [];
    return answer ? [] : [null];
  });
}

function meanFigure<T>(
  name: FigureName,
  scores: readonly (T | null)[],
  valueOf: (score: T) => number,
  options: BootstrapOptions | undefined,
): Figure {
  const values = scores.map((score) => (score === null ? 0 : valueOf(score)));
  return { name, value: bootstrapMean(values, options) };
}

const flag = (is: boolean) => (is ? 1 : 0);

function pointFigures(asked: readonly AskedQuestion[], options?: BootstrapOptions): Figure[] {
  const scores = scoresOfKind(asked, 'points', 'video-points');
  return (['precision', 'recall'] as const).map((name) =>
    meanFigure(name, scores, ({ points }) => points[name], options),
  );
}

function countFigures(asked: readonly AskedQuestion[], options?: BootstrapOptions): Figure[] {
  const scores = scoresOfKind(asked, 'count');
  const errors = scores.flatMap((score) =>
    score === null || score.count.predicted === null
      ? []
      : [Math.abs(score.count.predicted - score.count.truth)],
  );
  return [
    meanFigure('withinOne', scores, ({ count }) => flag(count.isWithinOne), options),
    meanFigure('close', scores, ({ count }) => flag(count.isClose), options),
    meanFigure('saysNumber', scores, ({ count }) => flag(count.predicted !== null), options),
    { name: 'meanError', value: bootstrapMean(errors, options) },
  ];
}

/** MOTA of all questions together: that of a question with few objects would weigh too much in a mean. */
function motaOf(scores: readonly Scored<'tracks'>[], options?: BootstrapOptions): Interval | null {
  return bootstrap(
    scores.length,
    (chosen) => {
      let [right, objects] = [0, 0];
      for (const i of chosen) {
        const clear = scores[i]?.clear;
        if (!clear) continue;
        right += clear.matches - clear.falsePositives - clear.switches;
        objects += clear.matches + clear.misses;
      }
      return right / Math.max(1, objects);
    },
    options,
  );
}

function trackFigures(asked: readonly AskedQuestion[], options?: BootstrapOptions): Figure[] {
  const scores = scoresOfKind(asked, 'tracks');
  const answered = scores.filter((score) => score !== null);
  const switches = answered.reduce((sum, { clear }) => sum + clear.switches, 0);
  return [
    meanFigure('detA', scores, ({ hota }) => hota.detA, options),
    meanFigure('assA', scores, ({ hota }) => hota.assA, options),
    meanFigure('f1', scores, ({ moments }) => moments.f1, options),
    { name: 'mota', value: motaOf(answered, options) },
    {
      name: 'switches',
      value: answered.length === 0 ? null : { value: switches, low: switches, high: switches },
    },
  ];
}

function captionFigures(asked: readonly AskedQuestion[], options?: BootstrapOptions): Figure[] {
  // Without a judge nothing was scored, and what failed is no 0 then.
  const scores = asked.some(({ score }) => score) ? scoresOfKind(asked, 'caption') : [];
  const shares = scores.map((score) => score?.caption ?? { precision: 0, recall: 0 });
  const f1 = (chosen: readonly number[]) =>
    meanCaptionScores(chosen.flatMap((i) => shares[i] ?? []))?.f1 ?? 0;
  return [
    meanFigure('precision', shares, ({ precision }) => precision, options),
    meanFigure('recall', shares, ({ recall }) => recall, options),
    { name: 'f1', value: bootstrap(shares.length, f1, options) },
  ];
}

function figuresOf(
  kind: QuestionKind,
  asked: readonly AskedQuestion[],
  options?: BootstrapOptions,
): Figure[] {
  switch (kind) {
    case 'points':
    case 'video-points':
      return pointFigures(asked, options);
    case 'count':
      return countFigures(asked, options);
    case 'tracks':
      return trackFigures(asked, options);
    case 'caption':
      return captionFigures(asked, options);
    case 'choice':
    case 'short':
      return [];
  }
}

function counts(asked: readonly AskedQuestion[]) {
  return {
    questions: asked.length,
    failed: asked.filter(({ answer }) => answer === null).length,
    unscored: asked.filter(({ answer, score }) => answer !== null && score === null).length,
    truncated: asked.filter(({ answer }) => answer?.finishReason === 'length').length,
  };
}

function group(
  kind: QuestionKind,
  category: string | null,
  asked: readonly AskedQuestion[],
  options?: BootstrapOptions,
): GroupSummary {
  return {
    kind,
    category,
    ...counts(asked),
    score: bootstrapMean(scoresOf(asked), options),
    figures: figuresOf(kind, asked, options),
  };
}

function categoriesOf(
  kind: QuestionKind,
  asked: readonly AskedQuestion[],
  options?: BootstrapOptions,
): GroupSummary[] {
  const byName = new Map<string, AskedQuestion[]>();
  for (const one of asked) {
    if (one.category === undefined) continue;
    const list = byName.get(one.category) ?? [];
    byName.set(one.category, list);
    list.push(one);
  }
  if (byName.size < 2) return [];
  const names = [...byName.keys()].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  return names.map((name) => group(kind, name, byName.get(name) ?? [], options));
}

function speedOf(asked: readonly AskedQuestion[]): SpeedSummary | null {
  const answers = asked.flatMap(({ answer }) => (answer ? [answer] : []));
  if (answers.length === 0) return null;
  const ascending = (values: number[]) => values.sort((a, b) => a - b);
  const whole = ascending(answers.map(({ timings }) => timings.totalMs / 1000));
  const first = ascending(answers.map(({ timings }) => (timings.totalMs - timings.decodeMs) / 1000));
  const sum = (value: (answer: (typeof answers)[number]) => number) =>
    answers.reduce((total, answer) => total + value(answer), 0);
  const decodeMs = sum(({ timings }) => timings.decodeMs);
  const newTokens = sum(({ usage }) => usage.newTokens);
  return {
    medianSec: quantile(whole, 0.5),
    p95Sec: quantile(whole, 0.95),
    medianFirstTokenSec: quantile(first, 0.5),
    decodeTokensPerSec: decodeMs > 0 ? (newTokens / decodeMs) * 1000 : null,
    promptTokens: sum(({ usage }) => usage.promptTokens),
    newTokens,
    totalSec: sum(({ timings }) => timings.totalMs) / 1000,
  };
}

function errorsOf(asked: readonly AskedQuestion[]): RunSummary['errors'] {
  const byCode = new Map<string, number>();
  for (const { error } of asked) if (error) byCode.set(error.code, (byCode.get(error.code) ?? 0) + 1);
  return Array.from(byCode, ([code, questions]) => ({ code, questions })).sort(
    (a, b) => b.questions - a.questions || (a.code < b.code ? -1 : 1),
  );
}

/** Sums up what was asked: of one run, or of several over other questions, one behind the other. */
export function summarize(asked: readonly AskedQuestion[], options?: BootstrapOptions): RunSummary {
  const byKind = kindOrder.map((kind) => ({ kind, here: asked.filter((one) => one.kind === kind) }));
  const present = byKind.filter(({ here }) => here.length > 0);
  return {
    ...counts(asked),
    errors: errorsOf(asked),
    score: bootstrapMean(scoresOf(asked), options),
    kinds: present.map(({ kind, here }) => group(kind, null, here, options)),
    categories: present.flatMap(({ kind, here }) => categoriesOf(kind, here, options)),
    speed: speedOf(asked),
  };
}
