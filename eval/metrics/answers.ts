// Short answers, compared as the published evaluation of Molmo2 compares them: VQA accuracy with its normalisation
// (visualqa.org/evaluation), ANLS of document questions (arXiv:1907.00490), relaxed accuracy of charts (arXiv:2203.10244).

import { contractionOf } from './contractions.ts';

const numberWords = 'zero one two three four five six seven eight nine ten'.split(' ');
const digitOf = new Map([['none', '0'], ...numberWords.map((word, i) => [word, String(i)] as const)]);
const articles = new Set(['a', 'an', 'the']);
const punctuation = [...';/[]"{}()=+\\_->@<`,?!'];

function withoutPunctuation(text: string): string {
  const hasDigitComma = /\d,\d/.test(text);
  const plain = punctuation.reduce((rest, mark) => {
    const isLoose = text.includes(`${mark} `) || text.includes(` ${mark}`) || hasDigitComma;
    return rest.replaceAll(mark, isLoose ? '' : ' ');
  }, text);
  return plain.replace(/\.(?!\d)/g, '');
}

/**
 * A short answer in the form in which two of them are compared: lower case; marks are taken out where they stand beside a blank
 * or the answer has a comma between digits, else become blanks; no dot but before a digit; number words up to ten as digits
 * ("none" is 0); no articles; contractions with their apostrophe.
 */
export function normalizeAnswer(text: string): string {
  return withoutPunctuation(
    text
      .replace(/[\n\t]/g, ' ')
      .toLowerCase()
      .trim(),
  )
    .split(/\s+/)
    .filter((word) => word !== '')
    .map((word) => digitOf.get(word) ?? word)
    .filter((word) => !articles.has(word))
    .map((word) => contractionOf.get(word) ?? word)
    .join(' ');
}

/**
 * The part of a text that is the answer: what follows the first "Answer:" (up to the next); else, of several lines, the one
 * that is there most often, the first of them; else all of it. Blanks are single.
 */
export function answerIn(text: string): string {
  const [, behind] = text.split('Answer:');
  if (behind !== undefined) return behind.trim();
  const lines = text
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).join(' '));
  const times = (line: string) => lines.filter((other) => other === line).length;
  return lines.reduce((best, line) => (times(line) > times(best) ? line : best), lines[0] ?? '');
}

/** 1 where the answer is one of `accepted` after normalisation, else 0. */
export function exactAnswer(text: string, accepted: readonly string[]): number {
  const answer = normalizeAnswer(text);
  return accepted.some((other) => normalizeAnswer(other) === answer) ? 1 : 0;
}

/**
 * VQA accuracy: min(n / 3, 1), where n annotators gave this answer; for references with an answer of each annotator, usually ten.
 * @throws RangeError for fewer than three, of which no answer could be right.
 */
export function vqaAccuracy(text: string, annotators: readonly string[]): number {
  if (annotators.length < 3)
    throw new RangeError(
      `VQA accuracy needs the answers of three annotators or more, got ${annotators.length}; use exactAnswer.`,
    );
  const answer = normalizeAnswer(text);
  return Math.min(1, annotators.filter((other) => normalizeAnswer(other) === answer).length / 3);
}

/** How many characters must be put in, taken out or replaced (Levenshtein), in Unicode code points. */
export function editDistance(from: string, to: string): number {
  const target = [...to];
  let row = Array.from({ length: target.length + 1 }, (_, i) => i);
  for (const letter of from) {
    const next = [(row[0] ?? 0) + 1];
    target.forEach((other, j) => {
      const replaced = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    });
    row = next;
  }
  return row[target.length] ?? 0;
}

/**
 * ANLS: 1 - d / length of the longer text, or 0 where d / length is 0.5 or more, d their edit distance; the best over `accepted`.
 * Case does not matter, blanks do. Two empty texts are equal.
 */
export function anls(text: string, accepted: readonly string[]): number {
  const answer = text.toLowerCase();
  const scores = accepted.map((other) => {
    const expected = other.toLowerCase();
    const longer = Math.max([...answer].length, [...expected].length);
    const share = longer === 0 ? 0 : editDistance(answer, expected) / longer;
    return share < 0.5 ? 1 - share : 0;
  });
  return Math.max(0, ...scores);
}

function chartNumber(text: string): number | null {
  const plain = text.trim();
  const isPercent = plain.endsWith('%');
  const digits = isPercent ? plain.replace(/%+$/, '').trim() : plain;
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(digits)) return null;
  return Number(digits) / (isPercent ? 100 : 1);
}

/**
 * Relaxed accuracy: 1 where both are numbers ("5%" is 0.05) and the answer is at most 5% of the expected one away, else 1 where
 * they are the same but for case; the best over `accepted`. An expected 0 is compared as text.
 */
export function relaxedAccuracy(text: string, accepted: readonly string[]): number {
  const answer = chartNumber(text);
  const isRight = accepted.some((other) => {
    const expected = chartNumber(other);
    if (answer !== null && expected !== null && expected !== 0)
      return Math.abs(answer - expected) / Math.abs(expected) <= 0.05;
    return text.trim().toLowerCase() === other.trim().toLowerCase();
  });
  return isRight ? 1 : 0;
}
