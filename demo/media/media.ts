// What the visitor asks about: files sorted into pictures and videos. Pure, but for a look at how each file begins.

import type { ErrorText } from '../trouble/error-help.ts';
import { formatOf, knownFormats, type KnownFormat } from './media-formats.ts';

export interface Media {
  readonly kind: 'images' | 'video';
  readonly files: readonly File[];
  /** Shown to the visitor. */
  readonly name: string;
}

export type MediaKind = Media['kind'] | 'none';

/** What was chosen, or why it cannot be asked about. */
export type ChosenMedia = { readonly media: Media } | { readonly problem: ErrorText };

const pictureEndings = /\.(jpe?g|jfif|png|webp|avif|gif|bmp|heic|heif)$/i;
const videoEndings = /\.(mp4|m4v|mov|webm|mkv)$/i;

function kindOf(file: Pick<File, 'name' | 'type'>): 'picture' | 'video' | null {
  if (file.type.startsWith('image/')) return 'picture';
  if (file.type.startsWith('video/')) return 'video';
  // Systems that do not know a format give files of it no type.
  if (pictureEndings.test(file.name)) return 'picture';
  return videoEndings.test(file.name) ? 'video' : null;
}

const wanted = 'Choose an image, several images or a video.';

function refused(title: string, message: string, ...help: string[]): ChosenMedia {
  return { problem: { title, message, code: 'media-unreadable', help } };
}

/** A picture that this browser shows, whatever its format. */
export type CanShow = (file: File) => Promise<boolean>;

const canShowHere: CanShow = (file) =>
  createImageBitmap(file).then(
    (bitmap) => {
      bitmap.close();
      return true;
    },
    () => false,
  );

async function formatProblem(file: File, format: KnownFormat, canShow: CanShow): Promise<ChosenMedia | null> {
  const { name, kind, help } = knownFormats[format];
  if (kind === 'picture' && (await canShow(file))) return null;
  return refused(
    kind === null ? 'This is no picture and no video' : `This browser cannot open ${name} files`,
    `"${file.name}" is ${kind === null ? name : `a file of the format ${name}`}.`,
    ...(kind === null ? [wanted] : help),
  );
}

/** One picture, several pictures or one video; otherwise what is wrong. */
export async function chooseMedia(
  files: readonly File[],
  canShow: CanShow = canShowHere,
): Promise<ChosenMedia> {
  const [first] = files;
  if (!first) return refused('No file was chosen', wanted);
  for (const file of files) {
    const format = await formatOf(file);
    const problem = format && (await formatProblem(file, format, canShow));
    if (problem) return problem;
  }
  const kinds = files.map(kindOf);
  const odd = files[kinds.indexOf(null)];
  if (odd)
    return refused(
      'This is no picture and no video',
      `"${odd.name}" is neither a picture nor a video (its type is "${odd.type || 'unknown'}").`,
      wanted,
    );
  if (kinds.includes('video') && files.length > 1) {
    const videos = kinds.filter((kind) => kind === 'video').length;
    const what =
      videos === files.length
        ? `${videos} videos were chosen.`
        : `${files.length} files were chosen: ${videos === 1 ? 'a video' : `${videos} videos`} among pictures.`;
    return refused('One video at a time', what, 'Choose one video alone, or any number of pictures.');
  }
  const name = files.length === 1 ? first.name : `${files.length} pictures`;
  return { media: { kind: kinds[0] === 'video' ? 'video' : 'images', files, name } };
}
