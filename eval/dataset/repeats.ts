// Questions that are asked twice: the same reference again, or another one that contradicts it. Pure.

import type { Question, Reference } from '../question.ts';
import type { MediaFile } from './media-files.ts';
import { mediumOf } from './medium.ts';

export interface Contradiction {
  readonly first: Question;
  readonly other: Question;
  readonly what: string;
}

export interface Repeats {
  /** All but those that are asked again with the same reference. */
  readonly distinct: readonly Question[];
  /** What is asked again, behind the one that is kept. */
  readonly repeated: readonly { readonly first: Question; readonly other: Question }[];
  readonly contradictions: readonly Contradiction[];
}

/** How many objects a reference says there are; null where it says nothing of it. */
function countOf(reference: Reference): number | null {
  switch (reference.kind) {
    case 'points':
    case 'video-points':
      return reference.points.length;
    case 'tracks':
      return reference.tracks.length;
    case 'count':
      return reference.count;
    case 'choice':
    case 'short':
    case 'caption':
      return null;
  }
}

const quoted = (texts: readonly string[]) =>
  texts.map((text) => JSON.stringify(text.slice(0, 40))).join(', ');

/** Why not both references can be right; null where they can. Places may differ: two people never point at the same pixel. */
export function contradiction(a: Reference, b: Reference): string | null {
  const [countA, countB] = [countOf(a), countOf(b)];
  if (countA !== null && countB !== null && countA !== countB)
    return `${countA} objects and ${countB} objects`;
  if (a.kind === 'choice' && b.kind === 'choice') {
    const [rightA = '', rightB = ''] = [a.choices[a.right], b.choices[b.right]];
    return rightA === rightB ? null : quoted([rightA, rightB]);
  }
  if (a.kind === 'short' && b.kind === 'short')
    return a.answers.some((answer) => b.answers.includes(answer))
      ? null
      : `${quoted(a.answers)} and ${quoted(b.answers)}`;
  return null;
}

/** Finds what is asked twice about the same medium in the same words. */
export function repeatsIn(questions: readonly Question[], files: ReadonlyMap<string, MediaFile>): Repeats {
  const asked = new Map<string, Question[]>();
  const distinct: Question[] = [];
  const repeated: Repeats['repeated'][number][] = [];
  const contradictions: Contradiction[] = [];
  for (const question of questions) {
    const { prompt, style = '', reference } = question;
    const key = JSON.stringify([mediumOf(question, files)?.key ?? '', prompt.trim(), style]);
    const before = asked.get(key) ?? [];
    asked.set(key, before);
    const same = before.find((one) => JSON.stringify(one.reference) === JSON.stringify(reference));
    if (same) {
      repeated.push({ first: same, other: question });
      continue;
    }
    for (const first of before) {
      const what = contradiction(first.reference, reference);
      if (what !== null) contradictions.push({ first, other: question, what });
    }
    before.push(question);
    distinct.push(question);
  }
  return { distinct, repeated, contradictions };
}
