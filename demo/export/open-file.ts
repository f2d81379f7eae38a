// Opens files of annotations: share files bring their media along, others are about what is on the stage.

import {
  type AnnotationDocument,
  type AnnotationMedia,
  annotationMedia,
  openShared,
  readAnnotations,
} from '../../src/annotations/annotations.ts';
import type { MediaInfo } from '../../src/index.ts';
import type { Media } from '../media/media.ts';
import type { Shown } from '../stage/show-media.ts';

/**
 * By the name: a JSON, table, track or page is no picture and no video; neither is a text, which has annotations where the model's tags
 * are in it. SVG is a picture unless it is opened as annotations.
 */
export async function isAnnotationFile(file: File): Promise<boolean> {
  if (/\.txt$/i.test(file.name)) return /<(points|tracks)\b/.test(await file.slice(0, 1_000_000).text());
  return /\.(json|csv|vtt|html?)$/i.test(file.name);
}

/** What is on the stage, as the elements there say; null where nothing is, or it is not loaded yet. */
function shownMedia(media: Media, { overlays, video }: Shown): MediaInfo | null {
  const sizes = overlays.flatMap(({ target }) => {
    if (target instanceof HTMLVideoElement) return [{ width: target.videoWidth, height: target.videoHeight }];
    if (target instanceof HTMLImageElement)
      return [{ width: target.naturalWidth, height: target.naturalHeight }];
    return [];
  });
  if (sizes.length === 0 || sizes.some(({ width }) => width === 0)) return null;
  const durationSec = video && Number.isFinite(video.duration) ? video.duration : null;
  return { kind: media.kind, sizes, timestamps: [], durationSec };
}

export interface Opened {
  readonly document: AnnotationDocument;
  /** Only of a share file. */
  readonly media: Media | null;
}

/** `info` is what the model was shown of the media, where it was asked. Throws `bad-annotations`. */
export async function openAnnotations(
  file: File,
  media: Media | null,
  info: MediaInfo | null,
  shown: Shown,
): Promise<Opened> {
  if (/\.html?$/i.test(file.name)) {
    const { document, files } = await openShared(file);
    const [first] = files;
    const name = files.length === 1 && first ? first.name : `${files.length} pictures`;
    return { document, media: { kind: document.media.kind, files, name } };
  }
  const known = media && (info ?? shownMedia(media, shown));
  const about: AnnotationMedia | null =
    known &&
    annotationMedia(
      known,
      media.files.map(({ name }) => name),
    );
  const document = await readAnnotations(await file.text(), about ? { media: about } : {});
  if (!about)
    throw new Error(
      `"${file.name}" is about ${document.media.files.map(({ name }) => `"${name}"`).join(', ')}. Open ${document.media.kind === 'video' ? 'the video' : 'the pictures'} first.`,
    );
  return { document, media: null };
}
