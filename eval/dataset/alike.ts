// Which media are the same or look alike. Pure.

import { areAlike, isTelling, mostMeanApart, type Look } from './look.ts';
import type { Medium } from './medium.ts';

/** Two media that share a file, or pictures that look alike. */
export interface Likeness {
  readonly a: Medium;
  readonly b: Medium;
  readonly kind: 'same-file' | 'looks-alike';
}

interface Seen {
  readonly look: Look;
  readonly medium: Medium;
}

const seenIn = (media: readonly Medium[]): Seen[] =>
  media
    .flatMap((medium) => medium.looks.filter(isTelling).map((look) => ({ look, medium })))
    .toSorted((a, b) => a.look.mean - b.look.mean);

function byHash(media: readonly Medium[]): ReadonlyMap<string, readonly Medium[]> {
  const found = new Map<string, Medium[]>();
  for (const medium of media)
    for (const sha256 of new Set(medium.files.map((file) => file.sha256)))
      found.set(sha256, [...(found.get(sha256) ?? []), medium]);
  return found;
}

/** Every medium of `media` with those of `others` that it is like, each pair once. */
export function likenesses(media: readonly Medium[], others: readonly Medium[]): Likeness[] {
  const found = new Map<string, Likeness>();
  const add = (a: Medium, b: Medium, kind: Likeness['kind']) => {
    const pair = `${a.key}|${b.key}`;
    if (!found.has(pair)) found.set(pair, { a, b, kind });
  };
  const hashes = byHash(others);
  for (const a of media)
    for (const { sha256 } of a.files) for (const b of hashes.get(sha256) ?? []) add(a, b, 'same-file');
  // Both by brightness, so that each is compared with those of nearly its own alone.
  const seen = seenIn(others);
  let from = 0;
  for (const { look, medium } of seenIn(media)) {
    while (from < seen.length && (seen[from]?.look.mean ?? 0) < look.mean - mostMeanApart) from++;
    for (let i = from; i < seen.length; i++) {
      const other = seen[i];
      if (!other || other.look.mean > look.mean + mostMeanApart) break;
      if (areAlike(look, other.look)) add(medium, other.medium, 'looks-alike');
    }
  }
  return [...found.values()];
}

/** The pairs within one set: of different media, each pair in one order. */
export function likenessesWithin(media: readonly Medium[]): Likeness[] {
  return likenesses(media, media).filter(({ a, b }) => a.key < b.key);
}
