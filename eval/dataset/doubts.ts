// What a person should look at before a dataset is used. Pure.

import { namedMedia } from './named-media.ts';
import type { Question } from '../question.ts';
import type { Likeness } from './alike.ts';
import type { MediaFile } from './media-files.ts';
import type { Medium } from './medium.ts';
import type { Repeats } from './repeats.ts';

export interface Doubt {
  readonly kind:
    | 'wrong-size'
    | 'unopened-video'
    | 'same-medium'
    | 'alike-media'
    | 'repeated'
    | 'contradiction'
    | 'leak'
    | 'between-frames'
    | 'no-label'
    | 'outside';
  readonly text: string;
}

const nameOf = ({ files }: Medium) => files[0]?.name ?? '';
const other = (count: number) => (count > 1 ? ` and ${count - 1} more` : '');

/** References that refer to another size than the medium has: all of their places would be wrong. */
function sizeDoubts(questions: readonly Question[], files: ReadonlyMap<string, MediaFile>): Doubt[] {
  const told = new Map<string, Doubt>();
  for (const question of questions)
    for (const { name, width, height } of namedMedia(question)) {
      const file = files.get(name);
      if (!file || told.has(name)) continue;
      if (file.width === null || file.height === null)
        told.set(name, {
          kind: 'unopened-video',
          text: `${name} could not be opened: whether its size and duration are right is not known. Is ffmpeg installed?`,
        });
      else if (file.width !== width || file.height !== height)
        told.set(name, {
          kind: 'wrong-size',
          text: `"${question.id}" refers to ${width} x ${height} pixels, but ${name} has ${file.width} x ${file.height}.`,
        });
    }
  return [...told.values()];
}

/** The trainer samples two frames a second, and shows the last one. */
const gridSec = 0.5;
/** How far a time may be from a frame's to be that frame's, as the trainer compares them. */
const slackSec = 0.01;

function timesOf({ reference }: Question): number[] {
  if (reference.kind === 'video-points') return reference.points.map(({ timeSec }) => timeSec);
  if (reference.kind === 'tracks')
    return reference.tracks.flatMap(({ moments }) => moments.map(({ timeSec }) => timeSec));
  return [];
}

/** Moments of whole videos that no sampled frame shows. */
function betweenFrames(questions: readonly Question[]): Doubt[] {
  const counts = questions.map((question) => {
    const { media } = question;
    if (media.kind !== 'video' || (typeof media.video === 'object' && 'frames' in media.video)) return 0;
    return timesOf(question).filter((time) => {
      const rest = time % gridSec;
      return Math.min(rest, gridSec - rest) > slackSec && media.durationSec - time > slackSec;
    }).length;
  });
  const sum = counts.reduce((a, b) => a + b, 0);
  const first = questions[counts.findIndex((count) => count > 0)];
  if (!first) return [];
  return [
    {
      kind: 'between-frames',
      text: `${sum} moments of ${counts.filter(Boolean).length} questions lie between the frames that the trainer takes of a video (one each 0.5 s), the first of them in "${first.id}".`,
    },
  ];
}

function outside(questions: readonly Question[]): Doubt[] {
  const lies = ({ x, y }: { x: number; y: number }, size: { width: number; height: number }) =>
    x < 0 || y < 0 || x > size.width || y > size.height;
  const found = questions.filter(({ media, reference }) => {
    if (media.kind === 'images' && reference.kind === 'points')
      return reference.points.some((point) => {
        const size = media.images[point.image - 1];
        return size !== undefined && lies(point, size);
      });
    if (media.kind !== 'video') return false;
    if (reference.kind === 'video-points') return reference.points.some((point) => lies(point, media));
    if (reference.kind !== 'tracks') return false;
    return reference.tracks.some(({ moments }) => moments.some((moment) => lies(moment, media)));
  });
  const [first] = found;
  if (!first) return [];
  return [
    {
      kind: 'outside',
      text: `Places outside the picture in "${first.id}"${other(found.length)}; training text has them at its edge.`,
    },
  ];
}

function unlabelled(questions: readonly Question[]): Doubt[] {
  const found = questions.filter(({ reference, label = '' }) => {
    if (label !== '') return false;
    if (reference.kind === 'points' || reference.kind === 'video-points') return reference.points.length > 0;
    return reference.kind === 'tracks' && reference.tracks.length > 0;
  });
  const [first] = found;
  if (!first) return [];
  return [
    {
      kind: 'no-label',
      text: `"${first.id}"${other(found.length)} have no label, so that the tags of their answers name nothing.`,
    },
  ];
}

function sameMedia(files: ReadonlyMap<string, MediaFile>): Doubt[] {
  const names = new Map<string, string[]>();
  for (const { sha256, name } of files.values()) names.set(sha256, [...(names.get(sha256) ?? []), name]);
  return [...names.values()].flatMap((list) =>
    list.length < 2
      ? []
      : [
          {
            kind: 'same-medium' as const,
            text: `The same file: ${list.slice(0, 3).join(', ')}${other(list.length - 2)}.`,
          },
        ],
  );
}

/** What `found` has, without the pairs that are the same file, which are told already. */
const alike = (found: readonly Likeness[]): Doubt[] =>
  found
    .filter(({ kind }) => kind === 'looks-alike')
    .map(({ a, b }) => ({
      kind: 'alike-media',
      text: `${nameOf(a)} and ${nameOf(b)} look alike; they are kept in one part.`,
    }));

/** Media of a dataset that an evaluation set has as well. */
export function leakDoubts(leaks: readonly Likeness[]): Doubt[] {
  return leaks.map(({ a, b, kind }) => ({
    kind: 'leak',
    text: `${nameOf(a)} ${kind === 'same-file' ? 'is' : 'looks like'} ${nameOf(b)} of the evaluation set.`,
  }));
}

/** All doubts, the gravest first. */
export function doubtsOf(
  questions: readonly Question[],
  files: ReadonlyMap<string, MediaFile>,
  {
    repeats,
    likenesses,
    leaks,
  }: {
    readonly repeats: Repeats;
    readonly likenesses: readonly Likeness[];
    readonly leaks: readonly Likeness[];
  },
): Doubt[] {
  return [
    ...leakDoubts(leaks),
    ...repeats.contradictions.map(({ first, other: second, what }): Doubt => ({
      kind: 'contradiction',
      text: `"${first.id}" and "${second.id}" ask the same, and their references contradict each other: ${what}.`,
    })),
    ...sizeDoubts(questions, files),
    ...outside(questions),
    ...betweenFrames(questions),
    ...unlabelled(questions),
    ...repeats.repeated.map(({ first, other: second }): Doubt => ({
      kind: 'repeated',
      text: `"${second.id}" repeats "${first.id}" and is left out.`,
    })),
    ...sameMedia(files),
    ...alike(likenesses),
  ];
}
