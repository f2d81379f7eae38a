// The sub-path `molmo2-webgpu/annotations`: answers as documents that are edited, exported and imported (docs/annotations.md).
// What a page loads at first are documents, edits and undo; files, pictures and clips are loaded when they are asked for.

import type { ClipOptions } from './clip/clip.ts';
import type { AnnotationDocument } from './document/document.ts';
import type { PictureOptions } from './drawing/sheet.ts';
import type { ReadOptions, WriteOptions } from './formats/formats.ts';

export {
  type AnnotatedFile,
  type AnnotationDocument,
  type AnnotationMedia,
  annotationMedia,
  type AnnotationObject,
  type AnnotationPoint,
  type AskedText,
  type PointOrigin,
} from './document/document.ts';
export { type AnnotationEdit, edited, type Place, pointIndex } from './document/edit.ts';
export { annotationsOf, answerObjects, answerOf, mediaOf } from './document/from-answer.ts';
export {
  type AnnotationHistory,
  type AnnotationStep,
  historyOf,
  redo,
  undo,
  withEdit,
} from './document/history.ts';
export type { ClipOptions } from './clip/clip.ts';
export type { DrawingStyle } from './drawing/moment.ts';
export type { PictureOptions } from './drawing/sheet.ts';
export type { AnnotationFormat, ReadOptions, WriteOptions } from './formats/formats.ts';
export type { SvgOptions } from './formats/svg.ts';
export type {
  MarkedAnswer,
  MarkedPoint,
  MarkedTrack,
  MarkLayer,
  MarkLook,
  Marks,
} from '../overlay/marks/marks.ts';
export type { LabelMode } from '../overlay/marks/scene.ts';

/**
 * The document as the text of a file. `json` and `svg` hold all of it; `coco`, `csv` and `webvtt` all objects with their exact
 * places; `training-text` labels and places, rounded to thousandths of the picture and tenths of a second. Throws
 * `bad-annotations` for what a format has no place for.
 */
export async function writeAnnotations(document: AnnotationDocument, options: WriteOptions): Promise<string> {
  const { writeText } = await import('./formats/formats.ts');
  return writeText(document, options);
}

/**
 * Reads what `writeAnnotations` wrote, keypoints of any COCO file, and any answer of the model. Throws `bad-annotations`, naming
 * the line or key, for everything else, and for annotations about other media than `options.media`.
 */
export async function readAnnotations(text: string, options: ReadOptions = {}): Promise<AnnotationDocument> {
  const { readText } = await import('./formats/formats.ts');
  return readText(text, options);
}

/** The pictures of a document with its dots as one PNG: one in its own size, several as a sheet. `pictures` are loaded, in their order. */
export async function drawAnnotations(
  document: AnnotationDocument,
  pictures: readonly (
    HTMLImageElement | HTMLVideoElement | HTMLCanvasElement | ImageBitmap | OffscreenCanvas
  )[],
  options: PictureOptions = {},
): Promise<Blob> {
  const { drawnPicture } = await import('./drawing/sheet.ts');
  return drawnPicture(document, pictures, options);
}

/**
 * The video of a document as an MP4 (or WebM) with its dots in each frame, where the overlay shows them; with `startSec` and
 * `endSec` a part of it. Encoded by WebCodecs; throws `no-encoder` where the browser has none for it, and the signal's reason when it is cancelled.
 */
export async function annotateClip(
  document: AnnotationDocument,
  video: Blob,
  options: ClipOptions = {},
): Promise<Blob> {
  const { clipWithDots } = await import('./clip/clip.ts');
  return clipWithDots(document, video, options);
}

/**
 * The document with its media as one HTML file, which shows them with their dots in any browser, without a model and without a
 * network, and which `openShared` reads again. `files` are the pictures, or the video.
 */
export async function shareAnnotations(document: AnnotationDocument, files: readonly Blob[]): Promise<Blob> {
  const { sharedFile } = await import('./share/share-file.ts');
  return sharedFile(document, files);
}

/** The document and the media of a share file. Nothing in it is run. Throws `bad-annotations` for any other file. */
export async function openShared(
  file: Blob,
): Promise<{ readonly document: AnnotationDocument; readonly files: readonly File[] }> {
  const { readSharedFile } = await import('./share/share-file.ts');
  return readSharedFile(file);
}
