// Where the media of questions lie: a file names them from its own folder.

import { stat } from 'node:fs/promises';
import { isAbsolute, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { MediaSource, Question, QuestionMedia } from '../../eval/question.ts';
import { Molmo2Error } from '../../src/errors.ts';

const isAddress = (source: string) => /^([a-z][a-z\d+.-]*:\/\/|data:|blob:)/i.test(source);

/** The media with every source replaced. */
export function mappedMedia(
  media: QuestionMedia,
  change: (source: MediaSource) => MediaSource,
): QuestionMedia {
  switch (media.kind) {
    case 'none':
      return media;
    case 'images':
      return {
        ...media,
        images: media.images.map((image) => ({ ...image, source: change(image.source) })),
      };
    case 'video': {
      const { video } = media;
      return typeof video === 'string' || video instanceof Blob
        ? { ...media, video: change(video) }
        : { ...media, video: { ...video, frames: video.frames.map(change) } };
    }
  }
}

/** Every source of a question's media, in their order. */
export function sourcesOf(media: QuestionMedia): MediaSource[] {
  const sources: MediaSource[] = [];
  mappedMedia(media, (source) => {
    sources.push(source);
    return source;
  });
  return sources;
}

/** The path of a medium of this machine; null for an address of another one and for what is in memory. */
export function localPath(source: MediaSource): string | null {
  if (typeof source !== 'string') return null;
  if (/^file:\/\//i.test(source)) return fileURLToPath(source);
  return isAddress(source) ? null : source;
}

/** The questions with paths from `folder` made absolute; addresses stay. */
export function fromFolder(questions: readonly Question[], folder: string): Question[] {
  // One object for all questions about the same media.
  const known = new Map<QuestionMedia, QuestionMedia>();
  const place = (source: MediaSource) =>
    typeof source !== 'string' || isAddress(source) || isAbsolute(source) ? source : resolve(folder, source);
  return questions.map((question) => {
    const media = known.get(question.media) ?? mappedMedia(question.media, place);
    known.set(question.media, media);
    return { ...question, media };
  });
}

/**
 * Refuses questions whose media are not there: each would count as a wrong answer.
 * @throws Molmo2Error `bad-dataset` naming the first.
 */
export async function refuseMissingMedia(questions: Iterable<Question>, name: string): Promise<void> {
  const paths = new Map<string, string>();
  for (const { id, media } of questions)
    for (const source of sourcesOf(media)) {
      const path = localPath(source);
      if (path !== null && !paths.has(path)) paths.set(path, id);
    }
  const missing: [path: string, id: string][] = [];
  for (const [path, id] of paths) {
    const info = await stat(path).catch(() => null);
    if (!info?.isFile()) missing.push([path, id]);
  }
  const [first] = missing;
  if (!first) return;
  const [path, id] = first;
  throw new Molmo2Error(
    'bad-dataset',
    `${missing.length} of the ${paths.size} media files of ${name} are not there; the first is ${path}, of question "${id}". ` +
      'Put them there, or give the folder from which the file names them with --media.',
  );
}
