// What changed between two runs over the same questions, question by question. Pure.

import { Molmo2Error } from '../../src/errors.ts';
import { pairedTest, type PairedOptions, type PairedResult } from '../metrics/paired.ts';
import type { QuestionKind } from '../question.ts';
import type { AskedQuestion, EvalRun } from './run-record.ts';
import { scoreOf } from './summary.ts';

/** A question that was answered otherwise. */
export interface ChangedQuestion {
  readonly before: AskedQuestion;
  readonly after: AskedQuestion;
  /** Score after minus score before; null where one of them has none. */
  readonly difference: number | null;
}

export interface KindComparison {
  /** null: all kinds together. */
  readonly kind: QuestionKind | null;
  /** With a score in both runs. */
  readonly questions: number;
  readonly result: PairedResult;
}

export interface RunComparison {
  /** Asked in both runs. */
  readonly questions: number;
  readonly onlyBefore: number;
  readonly onlyAfter: number;
  /** All kinds together first, then each. Empty where no question has a score in both. */
  readonly kinds: readonly KindComparison[];
  /** Answers of another text or outcome, the greatest losses first, then the greatest gains, then equal scores. */
  readonly changes: readonly ChangedQuestion[];
}

type Pair = Omit<ChangedQuestion, 'difference'>;

function differenceOf({ before, after }: Pair): number | null {
  const [was, is] = [scoreOf(before), scoreOf(after)];
  return was === null || is === null ? null : is - was;
}

function isOtherwise({ before, after }: Pair): boolean {
  return (
    before.answer?.text !== after.answer?.text ||
    before.error?.code !== after.error?.code ||
    scoreOf(before) !== scoreOf(after)
  );
}

/** Losses, gains, and then what has no difference. */
function rank({ difference }: ChangedQuestion): number {
  if (difference === null || difference === 0) return 2;
  return difference < 0 ? 0 : 1;
}

function kindComparison(
  kind: QuestionKind | null,
  pairs: readonly Pair[],
  options?: PairedOptions,
): KindComparison[] {
  const both = pairs.flatMap(({ before, after }) => {
    const [was, is] = [scoreOf(before), scoreOf(after)];
    const isHere = kind === null || before.kind === kind;
    return isHere && was !== null && is !== null ? [{ was, is }] : [];
  });
  const result = pairedTest(
    both.map(({ was }) => was),
    both.map(({ is }) => is),
    options,
  );
  return result ? [{ kind, questions: both.length, result }] : [];
}

/** Pairs what was asked twice by id. Whether the questions are the same is for the caller to know. */
export function compareAsked(
  before: readonly AskedQuestion[],
  after: readonly AskedQuestion[],
  options?: PairedOptions,
): RunComparison {
  const later = new Map(after.map((asked) => [asked.id, asked]));
  const pairs = before.flatMap((asked) => {
    const again = later.get(asked.id);
    return again ? [{ before: asked, after: again }] : [];
  });
  const kinds = [...new Set(pairs.map((pair) => pair.before.kind))];
  const changes = pairs
    .filter(isOtherwise)
    .map((pair) => ({ ...pair, difference: differenceOf(pair) }))
    .sort((a, b) => rank(a) - rank(b) || Math.abs(b.difference ?? 0) - Math.abs(a.difference ?? 0));
  return {
    questions: pairs.length,
    onlyBefore: before.length - pairs.length,
    onlyAfter: after.length - pairs.length,
    kinds: [null, ...kinds].flatMap((kind) => kindComparison(kind, pairs, options)),
    changes,
  };
}

/**
 * Compares two runs; those that have ended early by what both asked.
 * @throws Molmo2Error `bad-dataset` for runs over other questions.
 */
export function compareRuns(before: EvalRun, after: EvalRun, options?: PairedOptions): RunComparison {
  if (before.set.sha256 !== after.set.sha256)
    throw new Molmo2Error(
      'bad-dataset',
      `The runs asked other questions: "${before.set.name}" (${before.set.questions}) and "${after.set.name}" ` +
        `(${after.set.questions}). Compare runs over the same ones.`,
    );
  return compareAsked(before.asked, after.asked, options);
}
