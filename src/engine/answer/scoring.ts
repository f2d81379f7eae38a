// What is scored of an answer, and how much a token of it weighs.

import type { ScoreInput, ScoreOptions, TokenWeighting } from '../../api.ts';
import { Molmo2Error } from '../../errors.ts';
import type { Tokenizer } from '../../text/tokenizer.ts';

/** How to score, as plain data that can cross to a worker. */
export interface Scoring {
  readonly answer: ScoreInput['answer'];
  readonly end: boolean;
  readonly weighting: TokenWeighting;
  readonly branches: number;
}

const fixedWeights = { pointing: 0.2, tracking: 0.2, 'video-caption': 0.1 } as const;

/** Fills in defaults. Throws TypeError or RangeError naming what cannot be. */
export function scoringOf({ answer }: Pick<ScoreInput, 'answer'>, options: ScoreOptions): Scoring {
  const { weighting = 1, branches = 1, end = options.weighting !== undefined } = options;
  if (typeof answer !== 'string' && !Array.isArray(answer))
    throw new TypeError(`"answer" must be the text to score or a list of token ids, got ${typeof answer}.`);
  const known =
    typeof weighting === 'number'
      ? Number.isFinite(weighting) && weighting >= 0
      : weighting === 'length' || Object.hasOwn(fixedWeights, weighting);
  if (!known)
    throw new RangeError(
      `options.weighting must be "length", ${Object.keys(fixedWeights)
        .map((name) => `"${name}"`)
        .join(', ')}, or a number of 0 or more; got ${JSON.stringify(weighting)}.`,
    );
  if (!Number.isSafeInteger(branches) || branches < 1)
    throw new RangeError(`options.branches must be a positive integer, got ${String(branches)}.`);
  return { answer, end, weighting, branches };
}

/** What each of `tokens` scored tokens weighs. */
export function tokenWeight(
  { weighting, branches }: Omit<Scoring, 'answer' | 'end'>,
  tokens: number,
): number {
  if (typeof weighting === 'number') return weighting;
  return weighting === 'length' ? 2 / Math.sqrt(tokens * branches) : fixedWeights[weighting];
}

/** The ids that are scored; `vocabSize` ids have logits. Throws `bad-request` or RangeError. */
export function answerIds({ answer, end }: Scoring, tokenizer: Tokenizer, vocabSize: number): number[] {
  const ids = typeof answer === 'string' ? tokenizer.encode(answer) : [...answer];
  const wrong = ids.find((id) => !Number.isInteger(id) || id < 0 || id >= vocabSize);
  if (wrong !== undefined)
    throw new RangeError(
      `"answer" must be text or token ids from 0 to ${vocabSize - 1}; got the id ${String(wrong)}.`,
    );
  const all = end ? [...ids, ...tokenizer.eosIds.slice(0, 1)] : ids;
  if (all.length > 0) return all;
  throw new Molmo2Error(
    'bad-request',
    'The answer is empty, so there is nothing to score. Give its text, or score its end alone with the option "end".',
  );
}
