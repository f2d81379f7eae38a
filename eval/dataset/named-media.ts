// The media that a question names, and the same question with other names for them. Pure.

import type { MediaSource, Question, QuestionMedia } from '../question.ts';

/** A name, and what is known of what lies behind it. */
export interface NamedMedium {
  readonly name: string;
  readonly kind: 'picture' | 'video';
  /** What the reference takes its size for. */
  readonly width: number;
  readonly height: number;
}

/** The names of a question's media, in the order of the question; what is only in memory has none. */
export function namedMedia({ media }: Question): NamedMedium[] {
  if (media.kind === 'none') return [];
  if (media.kind === 'images')
    return media.images.flatMap(({ source, width, height }) => named(source, 'picture', width, height));
  const { video, width, height } = media;
  if (typeof video === 'string' || video instanceof Blob) return named(video, 'video', width, height);
  return video.frames.flatMap((frame) => named(frame, 'picture', width, height));
}

function named(source: MediaSource, kind: NamedMedium['kind'], width: number, height: number): NamedMedium[] {
  return typeof source === 'string' ? [{ name: source, kind, width, height }] : [];
}

/** The question with its media renamed. `index` counts a question's pictures or frames from 0. */
export function withMediaNames(
  question: Question,
  rename: (name: string, index: number) => string,
): Question {
  const renamed = (source: MediaSource, index: number) =>
    typeof source === 'string' ? rename(source, index) : source;
  return { ...question, media: renamedMedia(question.media, renamed) };
}

function renamedMedia(
  media: QuestionMedia,
  renamed: (source: MediaSource, index: number) => MediaSource,
): QuestionMedia {
  if (media.kind === 'none') return media;
  if (media.kind === 'images')
    return { ...media, images: media.images.map((one, i) => ({ ...one, source: renamed(one.source, i) })) };
  const { video } = media;
  if (typeof video === 'string' || video instanceof Blob) return { ...media, video: renamed(video, 0) };
  return { ...media, video: { ...video, frames: video.frames.map(renamed) } };
}
