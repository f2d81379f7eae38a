// Our own JSON: the whole document, to the last bit. Version 1.

import * as v from 'valibot';
import type { AnnotationDocument, AnnotationMedia, AnnotationPoint } from '../document/document.ts';
import { refuseFile, shown } from './fault.ts';
import {
  checked,
  color,
  counted,
  finite,
  flag,
  kind,
  objectId,
  origin,
  parsedJson,
  plainJson,
  seconds,
  side,
  text,
} from './json-text.ts';
import { refuseTwice, soundObject } from './sound.ts';

export const annotationsFormat = 'molmo2-annotations';
const version = 1;

const point = v.object({
  x: finite,
  y: finite,
  image: v.exactOptional(counted),
  timeSec: v.exactOptional(seconds),
  origin,
});
const schema = v.object({
  media: v.object({
    kind: v.picklist(['images', 'video'], 'must be images or video'),
    files: v.pipe(
      v.array(v.object({ name: text, width: side, height: side })),
      v.minLength(1, 'must not be empty'),
    ),
    timestamps: v.array(seconds),
    durationSec: v.nullable(seconds),
  }),
  asked: v.array(v.object({ prompt: text, text })),
  objects: v.array(
    v.object({
      id: objectId,
      label: text,
      kind,
      visible: flag,
      color: v.nullable(color),
      points: v.array(point),
    }),
  ),
});

/** What a document is in a file, as plain data. */
export const fileValue = (document: AnnotationDocument) => ({
  format: annotationsFormat,
  version,
  ...document,
});

export function writeOwnJson(document: AnnotationDocument): string {
  return `${plainJson(fileValue(document))}\n`;
}

function checkMedia({ kind: of, files, timestamps }: AnnotationMedia): void {
  if (of === 'video' && files.length !== 1)
    refuseFile('key "media.files"', `${files.length} files, but this is one video`);
  if (of === 'images' && timestamps.length > 0)
    refuseFile('key "media.timestamps"', 'there are times, but these are pictures');
  const late = timestamps.findIndex((time, i) => time <= (timestamps[i - 1] ?? -1));
  if (late >= 0) refuseFile(`key "media.timestamps.${late}"`, `${timestamps[late]} is not ascending`);
}

/** Checks a parsed value. Throws `bad-annotations`, naming the key. */
export function checkedDocument(value: unknown): AnnotationDocument {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return refuseFile('the whole file', `${shown(value)} instead of an object`);
  const { format, version: given } = value as Record<string, unknown>;
  if (format !== annotationsFormat)
    refuseFile('key "format"', `${shown(format)} instead of "${annotationsFormat}"`);
  if (given !== version) refuseFile('key "version"', `${shown(given)}, this release reads ${version}`);
  const { media, asked, objects } = checked(schema, value);
  checkMedia(media);
  const sound = objects.map((object, i) => {
    const points: readonly AnnotationPoint[] = object.points;
    return soundObject({ ...object, points }, media, (index) =>
      index === null ? `key "objects.${i}"` : `key "objects.${i}.points.${index}"`,
    );
  });
  return { media, asked, objects: refuseTwice(sound, (i) => `key "objects.${i}.id"`) };
}

export function readOwnJson(content: string): AnnotationDocument {
  return checkedDocument(parsedJson(content, 'the whole file'));
}
