// How right captions are, once somebody has judged their statements one by one.

/** Statements of one question, counted. */
export interface CaptionCounts {
  /** What the caption states. */
  readonly stated: number;
  /** How many of these the reference supports. */
  readonly supported: number;
  /** What the reference states. */
  readonly expected: number;
  /** How many of these the caption covers. */
  readonly covered: number;
}

/** Counts and what follows from them, 0 to 1. */
export interface CaptionScores extends CaptionCounts {
  /** supported / stated; 0 where the caption states nothing. */
  readonly precision: number;
  /** covered / expected. */
  readonly recall: number;
  readonly f1: number;
}

function harmonicMean(precision: number, recall: number): number {
  return precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall);
}

/**
 * Precision, recall and their harmonic mean. A statement of the caption and one of the reference need not be a pair: one long
 * statement may cover two, so that the two numerators are counted apart.
 * @throws RangeError for counts that cannot be, and for a reference without statements, against which nothing can be judged.
 */
export function captionScores(counts: CaptionCounts): CaptionScores {
  const { stated, supported, expected, covered } = counts;
  for (const [part, whole, name] of [
    [supported, stated, 'supported'],
    [covered, expected, 'covered'],
  ] as const)
    if (!Number.isInteger(part) || !Number.isInteger(whole) || part < 0 || part > whole)
      throw new RangeError(`A caption cannot have ${part} of ${whole} statements ${name}.`);
  if (expected === 0) throw new RangeError('A caption is judged against one statement or more, got none.');
  const precision = stated === 0 ? 0 : supported / stated;
  const recall = covered / expected;
  return { ...counts, precision, recall, f1: harmonicMean(precision, recall) };
}

/**
 * Mean precision and mean recall over questions, and the harmonic mean of these two, which is the published F1 of a set (not the
 * mean of the questions' F1). null where there are none.
 */
export function meanCaptionScores(
  scores: readonly Pick<CaptionScores, 'precision' | 'recall'>[],
): Pick<CaptionScores, 'precision' | 'recall' | 'f1'> | null {
  if (scores.length === 0) return null;
  const mean = (key: 'precision' | 'recall') =>
    scores.reduce((sum, score) => sum + score[key], 0) / scores.length;
  const [precision, recall] = [mean('precision'), mean('recall')];
  return { precision, recall, f1: harmonicMean(precision, recall) };
}
