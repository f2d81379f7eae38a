// What the visitor asks about: files sorted into pictures and videos. Pure.

export interface Media {
  readonly kind: 'images' | 'video';
  readonly files: readonly File[];
  /** Shown to the visitor. */
  readonly name: string;
}

export type MediaKind = Media['kind'] | 'none';

const pictureEndings = /\.(jpe?g|jfif|png|webp|avif|gif|bmp)$/i;
const videoEndings = /\.(mp4|m4v|mov|webm|mkv)$/i;

function kindOf(file: Pick<File, 'name' | 'type'>): 'picture' | 'video' | null {
  if (file.type.startsWith('image/')) return 'picture';
  if (file.type.startsWith('video/')) return 'video';
  // Systems that do not know a format give files of it no type.
  if (pictureEndings.test(file.name)) return 'picture';
  return videoEndings.test(file.name) ? 'video' : null;
}

/** One picture, several pictures or one video; otherwise a sentence that says what is wrong. */
export function chooseMedia(files: readonly File[]): Media | string {
  const first = files[0];
  if (!first) return 'No file was chosen. Choose an image, several images or a video.';
  const kinds = files.map(kindOf);
  const odd = files[kinds.indexOf(null)];
  if (odd)
    return `"${odd.name}" is neither a picture nor a video (its type is "${odd.type || 'unknown'}"). Choose an image, several images or a video.`;
  if (kinds.includes('video') && files.length > 1)
    return `${files.length} files were chosen, among them a video. A question is about one video, or about one or several pictures.`;
  const name = files.length === 1 ? first.name : `${files.length} pictures`;
  return { kind: kinds[0] === 'video' ? 'video' : 'images', files, name };
}
