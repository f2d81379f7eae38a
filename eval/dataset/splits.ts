// Parts of a dataset, such that no medium is in two of them. Pure: the same questions, shares and seed are always cut alike, in
// whatever order they come.

import { sha256Of } from './sha256.ts';
import type { Question } from '../question.ts';
import type { Likeness } from './alike.ts';
import { mediumOf } from './medium.ts';
import type { MediaFile } from './media-files.ts';

export const splitNames = ['train', 'validation', 'test'] as const;
export type SplitName = (typeof splitNames)[number];

/** Questions that belong into one part: those whose media share a file or look alike, directly or through others. */
function groupsOf(
  questions: readonly Question[],
  files: ReadonlyMap<string, MediaFile>,
  alike: readonly Likeness[],
): ReadonlyMap<string, Question[]> {
  const parent = new Map<string, string>();
  const root = (key: string): string => {
    let top = key;
    for (let next = parent.get(top); next !== undefined && next !== top; next = parent.get(top)) top = next;
    for (let at = key; at !== top;) {
      const next = parent.get(at) ?? top;
      parent.set(at, top);
      at = next;
    }
    return top;
  };
  // The smaller name stands for a group, so that the order of questions does not matter.
  const join = (a: string, b: string) => {
    const [top, other] = [root(a), root(b)].toSorted();
    if (top !== undefined && other !== undefined) parent.set(other, top);
  };
  // What shows nothing is the same where it asks the same.
  const keyOf = (question: Question) => mediumOf(question, files)?.key ?? `text ${question.prompt}`;
  for (const { a, b } of alike) join(a.key, b.key);
  for (const question of questions)
    for (const { sha256 } of mediumOf(question, files)?.files ?? []) join(keyOf(question), `file ${sha256}`);
  const groups = new Map<string, Question[]>();
  for (const question of questions) {
    const key = root(keyOf(question));
    groups.set(key, [...(groups.get(key) ?? []), question]);
  }
  return groups;
}

/**
 * Each question's part. `shares` belong to train, validation and test in this order. Groups are dealt out in an order that the seed
 * makes, each to the part that lacks most; a part with a share gets a group as long as there are enough.
 */
export function splitQuestions(
  questions: readonly Question[],
  files: ReadonlyMap<string, MediaFile>,
  alike: readonly Likeness[],
  { shares, seed }: { readonly shares: readonly number[]; readonly seed: number },
): ReadonlyMap<Question, SplitName> {
  const parts = splitNames.flatMap((name, i) => {
    const share = shares[i] ?? 0;
    return share > 0 ? [{ name, target: share * questions.length, count: 0 }] : [];
  });
  const groups = [...groupsOf(questions, files, alike)]
    .map(([key, list]) => ({ order: sha256Of(`${seed}:${key}`), list }))
    .toSorted((a, b) => (a.order < b.order ? -1 : 1));
  const found = new Map<Question, SplitName>();
  groups.forEach(({ list }, i) => {
    const empty = parts.filter(({ count }) => count === 0);
    const open = groups.length - i <= empty.length && empty.length > 0 ? empty : parts;
    const [first, ...others] = open;
    if (!first) return;
    const part = others.reduce((a, b) => (b.target - b.count > a.target - a.count ? b : a), first);
    part.count += list.length;
    for (const question of list) found.set(question, part.name);
  });
  return found;
}
