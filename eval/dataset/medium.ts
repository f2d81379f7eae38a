// What a question is about, by content: pictures, a video or the frames of one are the same medium wherever they lie. Pure.

import { namedMedia } from './named-media.ts';
import type { Question } from '../question.ts';
import type { Look } from './look.ts';
import type { MediaFile } from './media-files.ts';

export interface Medium {
  /** Equal exactly for questions about the same: the hashes of the files, and the times of frames. */
  readonly key: string;
  readonly files: readonly MediaFile[];
  /** Pictures by which to know it again: all, or the middle frame of a clip. */
  readonly looks: readonly Look[];
}

/** A question's medium; null for one that shows nothing. */
export function mediumOf(question: Question, files: ReadonlyMap<string, MediaFile>): Medium | null {
  const own = namedMedia(question).flatMap(({ name }) => files.get(name) ?? []);
  const [first] = own;
  if (!first) return null;
  const { media } = question;
  const hashes = own.map(({ sha256 }) => sha256).join(' ');
  const isClip = media.kind === 'video' && first.kind === 'picture';
  const times =
    isClip && typeof media.video === 'object' && 'timestamps' in media.video ? media.video.timestamps : [];
  const shown = isClip ? own.slice(own.length >> 1, (own.length >> 1) + 1) : own;
  const looks = shown.flatMap(({ look }) => look ?? []);
  return { key: isClip ? `${hashes} at ${times.join(' ')}` : hashes, files: own, looks };
}

/** The media of questions, each once, with the questions about each. */
export function mediaOf(
  questions: readonly Question[],
  files: ReadonlyMap<string, MediaFile>,
): ReadonlyMap<string, { readonly medium: Medium; readonly questions: readonly Question[] }> {
  const media = new Map<string, { readonly medium: Medium; readonly questions: Question[] }>();
  for (const question of questions) {
    const medium = mediumOf(question, files);
    if (!medium) continue;
    const known = media.get(medium.key) ?? { medium, questions: [] };
    media.set(medium.key, known);
    known.questions.push(question);
  }
  return media;
}
