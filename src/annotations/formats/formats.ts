// The text formats of annotations by name, and which of them a text is.

import type { AnnotationDocument, AnnotationMedia } from '../document/document.ts';
import { readCoco, writeCoco } from './coco.ts';
import { readCsv, writeCsv } from './csv.ts';
import { refuseFile } from './fault.ts';
import { readOwnJson, writeOwnJson } from './own-json.ts';
import { readSvg, type SvgOptions, writeSvg } from './svg.ts';
import { readTrainingText, writeTrainingText } from './training-text.ts';
import { readWebVtt, writeWebVtt } from './web-vtt.ts';

/** Files of text that annotations are written to and read from. */
export type AnnotationFormat = 'json' | 'csv' | 'coco' | 'training-text' | 'webvtt' | 'svg';

/** How a document becomes text. */
export interface WriteOptions {
  readonly format: AnnotationFormat;
  /** What is drawn, for `svg`. */
  readonly svg?: SvgOptions;
  /** What cues hold, for `webvtt`: `json` (the default), which can be read again, or `text` for people. */
  readonly cues?: 'json' | 'text';
}

/** How a text is read. All optional. */
export interface ReadOptions {
  /** Default: what the text looks like. */
  readonly format?: AnnotationFormat;
  /** What the annotations are about, for `csv`, `training-text` and `webvtt`, which do not say it; others must agree with it. */
  readonly media?: AnnotationMedia;
}

/** Characters of the largest text that is read: a longer one is no file of annotations. */
const mostCharacters = 64_000_000;

export function writeText(document: AnnotationDocument, options: WriteOptions): string {
  switch (options.format) {
    case 'json':
      return writeOwnJson(document);
    case 'csv':
      return writeCsv(document);
    case 'coco':
      return writeCoco(document);
    case 'training-text':
      return writeTrainingText(document);
    case 'webvtt':
      return writeWebVtt(document, options.cues);
    case 'svg':
      return writeSvg(document, options.svg);
  }
}

/** What a text is by how it begins. */
function formatOf(content: string): AnnotationFormat {
  const start = content
    .slice(0, 400)
    .replace(/^\uFEFF/, '')
    .trimStart();
  if (start.startsWith('WEBVTT')) return 'webvtt';
  if (/^(<\?xml[^>]*>\s*)?<svg[\s>]/.test(start)) return 'svg';
  // Whichever JSON names pictures before it names our format is COCO's; both stand early.
  if (start.startsWith('{'))
    return /"images"\s*:\s*\[/.test(content) && !/^\s*\{\s*"format"/.test(start) ? 'coco' : 'json';
  if (/^"?\w+"?,/.test(start) && /\bobject\b/.test(start.split('\n', 1)[0] ?? '')) return 'csv';
  if (/<(points|tracks)\b/i.test(content) || start.startsWith('There are none')) return 'training-text';
  return refuseFile(
    'the whole file',
    'this is none of the formats that are read (JSON, COCO JSON, CSV, WebVTT, SVG, or text of the model)',
  );
}

function mediaFor(format: AnnotationFormat, media: AnnotationMedia | undefined): AnnotationMedia {
  return (
    media ??
    refuseFile(
      'the whole file',
      `${format} does not say what its points are in; open the pictures or the video first`,
    )
  );
}

/** Annotations about one medium are no use over another one: a size that differs moves every point. */
function checkAgreement({ media }: AnnotationDocument, shown: AnnotationMedia): void {
  const told = ({ kind, files }: AnnotationMedia) =>
    `${kind === 'video' ? 'a video' : files.length === 1 ? 'a picture' : `${files.length} pictures`} of ${files
      .slice(0, 3)
      .map(({ width, height }) => `${width} x ${height}`)
      .join(', ')}`;
  const isSame =
    media.kind === shown.kind &&
    media.files.length === shown.files.length &&
    media.files.every(
      ({ width, height }, i) => width === shown.files[i]?.width && height === shown.files[i].height,
    );
  if (!isSame) refuseFile('the media', `the annotations are about ${told(media)}, open is ${told(shown)}`);
}

export function readText(content: string, { format, media }: ReadOptions = {}): AnnotationDocument {
  if (content.length > mostCharacters)
    refuseFile('the whole file', `${content.length} characters, more than ${mostCharacters}`);
  const of = format ?? formatOf(content);
  switch (of) {
    case 'csv':
      return readCsv(content, mediaFor(of, media));
    case 'training-text':
      return readTrainingText(content, mediaFor(of, media));
    case 'webvtt':
      return readWebVtt(content, mediaFor(of, media));
    case 'json':
    case 'coco':
    case 'svg': {
      const document =
        of === 'json' ? readOwnJson(content) : of === 'coco' ? readCoco(content) : readSvg(content);
      if (media) checkAgreement(document, media);
      return document;
    }
  }
}
