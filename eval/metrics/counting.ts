// How right numbers are.

/** What one answer is worth. */
export interface CountScore {
  readonly truth: number;
  /** null where the answer says no number, which is wrong. */
  readonly predicted: number | null;
  readonly isCorrect: boolean;
  /** Off by one at most. */
  readonly isWithinOne: boolean;
  /** Off by 1 + floor(0.05 * truth) at most: what Molmo2-VC and BURST-VC call close. */
  readonly isClose: boolean;
}

export interface CountScores {
  readonly questions: number;
  /** Shares of all questions. */
  readonly accuracy: number;
  readonly withinOne: number;
  readonly close: number;
  /** Share of answers that say a number. */
  readonly valid: number;
  /** Mean of |predicted - truth| over those; null where there are none. */
  readonly meanError: number | null;
}

/** @throws RangeError where `truth` is no count. */
export function countScore(predicted: number | null, truth: number): CountScore {
  if (!Number.isInteger(truth) || truth < 0)
    throw new RangeError(`The reference of a count must be a whole number, got ${truth}.`);
  const error = predicted === null || !Number.isFinite(predicted) ? Infinity : Math.abs(predicted - truth);
  return {
    truth,
    predicted: Number.isFinite(error) ? predicted : null,
    isCorrect: error === 0,
    isWithinOne: error <= 1,
    isClose: error <= 1 + Math.floor(0.05 * truth),
  };
}

/** The shares of all; null where there are no questions. */
export function countScores(scores: readonly CountScore[]): CountScores | null {
  if (scores.length === 0) return null;
  const share = (is: (score: CountScore) => boolean) => scores.filter(is).length / scores.length;
  const errors = scores.flatMap(({ predicted, truth }) =>
    predicted === null ? [] : [Math.abs(predicted - truth)],
  );
  return {
    questions: scores.length,
    accuracy: share(({ isCorrect }) => isCorrect),
    withinOne: share(({ isWithinOne }) => isWithinOne),
    close: share(({ isClose }) => isClose),
    valid: errors.length / scores.length,
    meanError: errors.length === 0 ? null : errors.reduce((a, b) => a + b, 0) / errors.length,
  };
}

/**
 * The number that the published video counting benchmarks read: the whole answer, else what follows "a total of" or
 * "the total number ... is:"; null otherwise, also for "There are none.".
 */
export function statedCount(text: string): number | null {
  const digits =
    /^\s*([+-]?\d+)\s*$/.exec(text) ??
    /\ba total of\s+(\d+)/i.exec(text) ??
    /\bthe total number\b[^\n]*?\bis:\s*(\d+)/i.exec(text);
  return digits?.[1] === undefined ? null : Number(digits[1]);
}

/** The bins by which counting is also reported: `0-4`, `5-9`, `10-14`, `15-19`, `20-24`, `25+`. */
export function countBin(truth: number): string {
  const low = Math.min(Math.floor(truth / 5) * 5, 25);
  return low === 25 ? '25+' : `${low}-${low + 4}`;
}
