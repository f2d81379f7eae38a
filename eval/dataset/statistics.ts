// What a dataset is made of, in numbers. Pure.

import type { Question } from '../question.ts';
import type { MediaFile } from './media-files.ts';
import { mediaOf } from './medium.ts';

export interface Spread {
  readonly least: number;
  readonly median: number;
  readonly most: number;
}

export interface Statistics {
  readonly questions: number;
  readonly byKind: Readonly<Record<string, number>>;
  /** Only questions that have one. */
  readonly byCategory: Readonly<Record<string, number>>;
  readonly byStyle: Readonly<Record<string, number>>;
  readonly media: { readonly pictures: number; readonly videos: number };
  readonly bytes: number;
  /** Of questions that point, in pictures or videos; null where none does. */
  readonly pointsPerQuestion: Spread | null;
  readonly tracksPerQuestion: Spread | null;
  readonly momentsPerTrack: Spread | null;
  readonly width: Spread | null;
  readonly height: Spread | null;
  readonly durationSec: Spread | null;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

function spread(values: readonly number[]): Spread | null {
  const sorted = values.toSorted((a, b) => a - b);
  const [least, most] = [sorted[0], sorted.at(-1)];
  if (least === undefined || most === undefined) return null;
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  const median = sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
  return { least, median, most };
}

/** How often each name comes, the most frequent first. */
function tally(names: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return Object.fromEntries([...counts].toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)));
}

export function statisticsOf(
  questions: readonly Question[],
  files: ReadonlyMap<string, MediaFile>,
): Statistics {
  const references = questions.map(({ reference }) => reference);
  const tracks = references.flatMap((one) => (one.kind === 'tracks' ? [one.tracks] : []));
  const media = [...mediaOf(questions, files).values()];
  const own = new Map(media.flatMap(({ medium }) => medium.files.map((file) => [file.sha256, file])));
  const sizes: readonly Size[] = media.flatMap(({ questions: [first] }): readonly Size[] => {
    if (first?.media.kind === 'video') return [first.media];
    return first?.media.kind === 'images' ? first.media.images : [];
  });
  return {
    questions: questions.length,
    byKind: tally(references.map(({ kind }) => kind)),
    byCategory: tally(questions.flatMap(({ category }) => category ?? [])),
    byStyle: tally(questions.flatMap(({ style }) => style ?? [])),
    media: {
      pictures: new Set(
        media.flatMap(({ medium, questions: [first] }) =>
          first?.media.kind === 'images' ? medium.files.map(({ sha256 }) => sha256) : [],
        ),
      ).size,
      videos: media.filter(({ questions: [first] }) => first?.media.kind === 'video').length,
    },
    bytes: [...own.values()].reduce((sum, { byteLength }) => sum + byteLength, 0),
    pointsPerQuestion: spread(
      references.flatMap((one) =>
        one.kind === 'points' || one.kind === 'video-points' ? one.points.length : [],
      ),
    ),
    tracksPerQuestion: spread(tracks.map((list) => list.length)),
    momentsPerTrack: spread(tracks.flatMap((list) => list.map(({ moments }) => moments.length))),
    width: spread(sizes.map(({ width }) => width)),
    height: spread(sizes.map(({ height }) => height)),
    durationSec: spread(
      media.flatMap(({ questions: [first] }) =>
        first?.media.kind === 'video' ? first.media.durationSec : [],
      ),
    ),
  };
}
