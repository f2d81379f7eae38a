// What `dataset` tells: numbers, doubts and files, in lines. Pure.

import type { PlannedFile, PlannedSplit } from '../eval/dataset/dataset-plan.ts';
import type { Doubt } from '../eval/dataset/doubts.ts';
import type { Spread, Statistics } from '../eval/dataset/statistics.ts';
import { bytes } from './bundle/pace.ts';

/** So many doubts of one kind are told one by one. */
const mostTold = 5;

const number = (value: number) => String(Math.round(value * 100) / 100);

const spreadText = ({ least, median, most }: Spread) =>
  least === most ? number(least) : `${number(least)} to ${number(most)}, half up to ${number(median)}`;

const tallyText = (counts: Readonly<Record<string, number>>) =>
  Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');

export function statisticsLines(found: Statistics): string[] {
  const { media } = found;
  const rows: (readonly [string, string | null])[] = [
    ['questions', `${found.questions} (${tallyText(found.byKind)})`],
    ['categories', tallyText(found.byCategory) || null],
    ['media', `${media.pictures} pictures and ${media.videos} videos, ${bytes(found.bytes)}`],
    ['points per question', found.pointsPerQuestion && spreadText(found.pointsPerQuestion)],
    ['objects followed', found.tracksPerQuestion && spreadText(found.tracksPerQuestion)],
    ['moments per object', found.momentsPerTrack && spreadText(found.momentsPerTrack)],
    ['width', found.width && spreadText(found.width)],
    ['height', found.height && spreadText(found.height)],
    ['seconds', found.durationSec && spreadText(found.durationSec)],
  ];
  return rows.flatMap(([name, text]) => (text === null ? [] : [`${name.padEnd(20)} ${text}`]));
}

export function splitLines(splits: readonly PlannedSplit[]): string[] {
  return splits.map(
    ({ name, questions, rows }) => `${name.padEnd(20)} ${questions.length} questions in ${rows} rows`,
  );
}

/** Some of each kind, and how many more there are. */
export function doubtLines(doubts: readonly Doubt[]): string[] {
  const kinds = [...new Set(doubts.map(({ kind }) => kind))];
  return kinds.flatMap((kind) => {
    const own = doubts.filter((doubt) => doubt.kind === kind);
    const more = own.length - mostTold;
    return [
      ...own.slice(0, mostTold).map(({ text }) => `${kind}: ${text}`),
      ...(more > 0 ? [`${kind}: ${more} more; --json has all.`] : []),
    ];
  });
}

export function fileLines(files: readonly PlannedFile[]): string[] {
  return files.map(({ file, byteLength, from }) =>
    'path' in from ? `${file}  ${byteLength} bytes, of ${from.path}` : `${file}  ${byteLength} bytes`,
  );
}
