// Why an answer has its score, and what would have been right, in words. Pure.

import type { PointScores } from '../metrics/point-match.ts';
import type { Question } from '../question.ts';
import type { AnswerScore } from '../score-answer.ts';
import type { AskedQuestion } from '../run/run-record.ts';
import { plural, scoreText } from './words.ts';

const letter = (index: number) => String.fromCodePoint(65 + index);

/** What is right. */
export function expectedText({ reference }: Pick<Question, 'reference'>): string {
  switch (reference.kind) {
    case 'points':
      return reference.points.length === 0 ? 'nothing to point at' : plural(reference.points.length, 'place');
    case 'video-points': {
      const times = [...new Set(reference.points.map(({ timeSec }) => `${timeSec.toFixed(1)} s`))];
      const places = plural(reference.points.length, 'place');
      return times.length === 0 ? 'nothing to point at' : `${places}, at ${times.join(', ')}`;
    }
    case 'count':
      return String(reference.count);
    case 'tracks':
      return plural(reference.tracks.length, 'track');
    case 'choice':
      return `${letter(reference.right)}: ${reference.choices[reference.right] ?? ''}`;
    case 'short':
      return [...new Set(reference.answers)].join(' / ');
    case 'caption':
      return reference.statements.join(' ');
  }
}

function pointWords({ hits, predicted, expected }: PointScores): string {
  if (expected === 0) return predicted === 0 ? 'Rightly none.' : `Points at ${predicted} where nothing is.`;
  const wrong = predicted - hits;
  return `Found ${hits} of ${expected}${wrong > 0 ? `; ${plural(wrong, 'point')} of ${predicted} on nothing` : ''}.`;
}

function trackWords({ hota, clear }: Extract<AnswerScore, { readonly kind: 'tracks' }>): string {
  const { detA, assA, half } = hota;
  const parts = [
    `DetA ${scoreText(detA)}, AssA ${scoreText(assA)}`,
    `at similarity 0.5: ${half.matches} right, ${half.misses} missed, ${half.falsePositives} on nothing`,
    `${clear.switches} ${clear.switches === 1 ? 'switch' : 'switches'} of identity`,
  ];
  return `${parts.join('; ')}.`;
}

function scoreWords(score: AnswerScore): string {
  if (score.kind === 'points' || score.kind === 'video-points') return pointWords(score.points);
  if (score.kind === 'tracks') return trackWords(score);
  if (score.kind === 'count') {
    const { predicted, truth } = score.count;
    return predicted === null ? 'Says no number.' : `Says ${predicted}; right is ${truth}.`;
  }
  if (score.kind === 'caption') {
    const { stated, supported, expected, covered } = score.caption;
    return `A judge finds ${supported} of ${plural(stated, 'statement')} true, and ${covered} of ${expected} that are right covered.`;
  }
  if (score.score === 1) return 'Right.';
  return score.score === 0 ? 'Not right.' : 'Partly right.';
}

/** Why it has this score; empty where nobody scored it. */
export function whyText({ answer, score, error }: AskedQuestion): string {
  const parts = [
    ...(score ? [scoreWords(score)] : []),
    ...(error ? [`${error.code}: ${error.message}`] : []),
    ...(answer?.finishReason === 'length' ? ['The answer was cut off by the limit of new tokens.'] : []),
  ];
  return parts.join(' ');
}
