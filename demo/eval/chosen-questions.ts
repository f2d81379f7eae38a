// A file of questions and its media as a visitor chose or dropped them: which of them is the file, and which media it names.

import { Molmo2Error } from '../../src/index.ts';
import type { MediaSource, Question, QuestionMedia } from '../../eval/question.ts';
import { formats, guessedFormat } from '../../eval/readers/formats.ts';
import type { QuestionSource } from '../../eval/run/question-set.ts';

const questionEndings = /\.(jsonl?|csv|txt)$/i;
const pictureEndings = /\.(jpe?g|jfif|png|webp|avif|gif|bmp)$/i;

/** A file, and where it lies in the folder that was chosen; its name alone where files were. */
export interface ChosenFile {
  readonly file: File;
  readonly path: string;
}

function refuse(message: string): never {
  throw new Molmo2Error('bad-dataset', message);
}

const isAddress = (source: string) => /^(https?|data|blob):/i.test(source);

/** Finds files by the path that questions name them by: the one whose own path ends in it, else the only one of that name. */
class ChosenMedia {
  readonly #byName = new Map<string, ChosenFile[]>();

  constructor(files: readonly ChosenFile[]) {
    for (const chosen of files) {
      const name = chosen.file.name.toLowerCase();
      this.#byName.set(name, [...(this.#byName.get(name) ?? []), chosen]);
    }
  }

  find(source: string): ChosenFile | null {
    const wanted = source
      .replaceAll('\\', '/')
      .replace(/^(\.?\/)+/, '')
      .toLowerCase();
    const named = this.#byName.get(wanted.slice(wanted.lastIndexOf('/') + 1)) ?? [];
    const exact = named.find(({ path }) => `/${path.toLowerCase()}`.endsWith(`/${wanted}`));
    return exact ?? (named.length === 1 ? (named[0] ?? null) : null);
  }
}

function withMedia(question: Question, media: ChosenMedia, fileName: string): Question {
  const found = (source: MediaSource): MediaSource => {
    if (typeof source !== 'string' || isAddress(source)) return source;
    return (
      media.find(source)?.file ??
      refuse(
        `${fileName}: the question "${question.id}" is about "${source}", which is not among the chosen files. ` +
          'Choose it together with the file of questions, or choose the folder that has them all.',
      )
    );
  };
  return { ...question, media: mapped(question.media, found) };
}

function mapped(media: QuestionMedia, found: (source: MediaSource) => MediaSource): QuestionMedia {
  if (media.kind === 'none') return media;
  if (media.kind === 'images') {
    const images = media.images.map((image) => ({ ...image, source: found(image.source) }));
    return { ...media, images };
  }
  const { video } = media;
  return typeof video === 'string' || video instanceof Blob
    ? { ...media, video: found(video) }
    : { ...media, video: { ...video, frames: video.frames.map(found) } };
}

type Sizes = Map<string, { readonly width: number; readonly height: number }>;

/** Sizes of all chosen pictures, for formats that do not hold them; those that cannot be read have none. */
async function pictureSizes(files: readonly ChosenFile[]): Promise<Sizes> {
  const sizes: Sizes = new Map();
  for (const { file, path } of files) {
    if (!file.type.startsWith('image/') && !pictureEndings.test(file.name)) continue;
    const bitmap = await createImageBitmap(file).catch(() => null);
    if (!bitmap) continue;
    sizes.set(path, { width: bitmap.width, height: bitmap.height });
    bitmap.close();
  }
  return sizes;
}

/** The questions of the one file among `files` that holds any. @throws Molmo2Error `bad-dataset`. */
export async function questionsOfFiles(files: readonly ChosenFile[]): Promise<QuestionSource> {
  const candidates: { file: File; text: string; format: keyof typeof formats }[] = [];
  for (const { file } of files) {
    if (!questionEndings.test(file.name)) continue;
    const text = await file.text();
    const format = guessedFormat(file.name, text);
    if (format) candidates.push({ file, text, format });
  }
  const [chosen, second] = candidates;
  if (!chosen)
    return refuse(
      `None of the ${files.length} chosen files is a file of questions. Choose one: our own JSON, Molmo2's training text, ` +
        'COCO, MOT Challenge, BURST, TAO, PixMo-Points or CSV.',
    );
  if (second)
    return refuse(
      `Both ${chosen.file.name} and ${second.file.name} are files of questions. Choose one of them with its media.`,
    );
  const media = new ChosenMedia(files.filter(({ file }) => file !== chosen.file));
  const sizes = await pictureSizes(files);
  const { file, text, format } = chosen;
  const sizeOf = (source: string) => {
    const found = media.find(source);
    return found ? sizes.get(found.path) : undefined;
  };
  const questions = formats[format]
    .read(text, { name: file.name, sizeOf })
    .map((question) => withMedia(question, media, file.name));
  return { name: file.name, questions: () => questions };
}
