// Everything that annotations can be saved as, by the words of the menu.

import {
  annotateClip,
  type AnnotationDocument,
  type AnnotationFormat,
  drawAnnotations,
  shareAnnotations,
  writeAnnotations,
} from '../../src/annotations/annotations.ts';
import type { Media } from '../media/media.ts';
import type { Part } from '../player/timeline.ts';
import type { Shown } from '../stage/show-media.ts';

export interface SaveContext {
  readonly document: AnnotationDocument;
  readonly media: Media;
  readonly shown: Shown;
  /** The moment of the video that is presented. */
  readonly momentSec: number;
  /** The part of the video that is chosen on the time line. */
  readonly part: Part;
  readonly signal: AbortSignal;
  onProgress(progress: { readonly done: number; readonly total: number }): void;
}

export interface Saved {
  readonly content: Blob;
  /** Behind the name of the media. */
  readonly ending: string;
}

export interface SaveChoice {
  readonly id: string;
  readonly title: string;
  readonly isFor: (media: Media) => boolean;
  save(context: SaveContext): Promise<Saved>;
}

const always: SaveChoice['isFor'] = () => true;
const ofVideo = ({ kind }: Media) => kind === 'video';

function asText(
  format: AnnotationFormat,
  title: string,
  ending: string,
  type: string,
  isFor = always,
): SaveChoice {
  return {
    id: format,
    title,
    isFor,
    async save({ document }) {
      return { content: new Blob([await writeAnnotations(document, { format })], { type }), ending };
    },
  };
}

/** What is shown of a video; pictures have no moments. */
const momentOf = ({ shown, momentSec }: Pick<SaveContext, 'shown' | 'momentSec'>) =>
  shown.video ? { timeSec: momentSec } : {};

/** A frame of the video as a `data:` address, for a drawing over it. */
function frameAddress({ video }: Shown): string | undefined {
  if (!video || video.videoWidth === 0) return undefined;
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
  canvas.getContext('2d')?.drawImage(video, 0, 0);
  return canvas.toDataURL('image/jpeg', 0.9);
}

function fileAddress(file: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener('load', () => resolve(reader.result as string));
    reader.addEventListener('error', () => reject(reader.error ?? new Error('The picture cannot be read.')));
    reader.readAsDataURL(file);
  });
}

async function savedSvg(context: SaveContext): Promise<Saved> {
  const { document, media, shown } = context;
  const [first] = media.files;
  const href = media.kind === 'video' ? frameAddress(shown) : first && (await fileAddress(first));
  const svg = { ...momentOf(context), ...(href !== undefined && { href }) };
  const text = await writeAnnotations(document, { format: 'svg', svg });
  return { content: new Blob([text], { type: 'image/svg+xml' }), ending: 'dots.svg' };
}

/** What is on the stage with its dots: a picture alone in its own pixels, several on a sheet. */
export async function savedPicture(
  context: Pick<SaveContext, 'document' | 'shown' | 'momentSec'>,
): Promise<Saved> {
  const pictures = context.shown.overlays.flatMap(({ target }) => (target ? [target] : []));
  const content = await drawAnnotations(context.document, pictures, momentOf(context));
  return { content, ending: 'dots.png' };
}

/** The chosen part of the video, or all of it. */
async function savedClip({ document, media, part, signal, onProgress }: SaveContext): Promise<Saved> {
  const [video] = media.files;
  if (!video) throw new Error('There is no video on the stage.');
  const content = await annotateClip(document, video, { ...part, signal, onProgress });
  return { content, ending: content.type.includes('webm') ? 'dots.webm' : 'dots.mp4' };
}

/** In the order of the menu. */
export const saveChoices: readonly SaveChoice[] = [
  { id: 'png', title: 'Picture with dots (PNG)', isFor: always, save: savedPicture },
  { id: 'svg', title: 'Drawing (SVG)', isFor: always, save: savedSvg },
  { id: 'clip', title: 'Video with dots', isFor: ofVideo, save: savedClip },
  {
    id: 'share',
    title: 'Page to share, with the media inside (HTML)',
    isFor: always,
    async save({ document, media }) {
      return { content: await shareAnnotations(document, media.files), ending: 'shared.html' };
    },
  },
  asText('json', 'Annotations (JSON)', 'annotations.json', 'application/json'),
  asText('csv', 'Table (CSV)', 'annotations.csv', 'text/csv'),
  asText('coco', 'COCO keypoints (JSON)', 'coco.json', 'application/json'),
  asText('webvtt', 'Metadata track (WebVTT)', 'annotations.vtt', 'text/vtt', ofVideo),
  asText('training-text', 'Training text of Molmo2', 'molmo.txt', 'text/plain'),
];
