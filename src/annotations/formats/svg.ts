// SVG over one picture, or over a moment or the whole of a video: dots with titles, tracks as lines. The document itself is in its
// metadata, so that the file can be read again.

import { colorOf, palette } from '../../overlay/marks/palette.ts';
import { scene } from '../../overlay/marks/scene.ts';
import {
  type AnnotationDocument,
  type AnnotationObject,
  type AnnotationPoint,
  fileOf,
} from '../document/document.ts';
import { answerOf, mediaOf } from '../document/from-answer.ts';
import { refuseFile, refuseToWrite } from './fault.ts';
import { parsedJson, plainJson } from './json-text.ts';
import { checkedDocument, fileValue } from './own-json.ts';
import { xml } from './xml-text.ts';

/** What an SVG shows. All optional. */
export interface SvgOptions {
  /** 1-based number of the picture; default 1. */
  readonly image?: number;
  /** Moment of the video that is drawn; default all of its points and the whole ways of its tracks. */
  readonly timeSec?: number;
  /** Address of the picture to lie below, relative or as `data:`; default none, so that the drawing is transparent. */
  readonly href?: string;
}

/** Diameter of a dot as a share of the longer side. */
const dotShare = 0.025;
/** How long a dot stays, as in the overlay. */
const holdSec = 0.25;

const short = (value: number) => String(Math.round(value * 1000) / 1000);

interface Drawn {
  readonly object: AnnotationObject;
  readonly dots: readonly Pick<AnnotationPoint, 'x' | 'y' | 'timeSec'>[];
  readonly line: readonly { readonly x: number; readonly y: number }[];
}

function drawn(object: AnnotationObject, document: AnnotationDocument, options: SvgOptions): Drawn {
  const { image = 1, timeSec } = options;
  const { kind, points } = object;
  if (document.media.kind === 'images')
    return { object, dots: points.filter((one) => one.image === image), line: [] };
  if (timeSec === undefined) return { object, dots: points, line: kind === 'track' ? points : [] };
  // Where the overlay shows it at this moment.
  const marks = { ...answerOf({ objects: [object] }), media: mediaOf(document) };
  const { dots } = scene(marks, { image, timeSec, holdSec, labels: 'none', colors: palette });
  return { object, dots: dots.map(({ x, y }) => ({ x, y, timeSec })), line: [] };
}

function group({ object, dots, line }: Drawn, radius: number): string {
  const { id, label, color } = object;
  const own = color ?? colorOf(id);
  const name = xml(label.replaceAll(/\s+/g, ' ').trim() || (object.kind === 'track' ? 'object' : 'point'));
  const way = line.map(({ x, y }) => `${short(x)},${short(y)}`).join(' ');
  const circles = dots.map(({ x, y, timeSec }) => {
    const when = timeSec === undefined ? '' : ` at ${short(timeSec)} s`;
    const [r, edge] = [short(radius), short(radius / 3.5)];
    return `<circle cx="${short(x)}" cy="${short(y)}" r="${r}" fill="${own}" stroke="#fff" stroke-width="${edge}"><title>${name} ${id}${when}</title></circle>`;
  });
  return [
    `<g id="object-${id}"><title>${name} ${id}</title>`,
    ...(line.length > 1
      ? [
          `<polyline points="${way}" fill="none" stroke="${own}" stroke-opacity="0.8" stroke-width="${short(radius / 2.5)}" stroke-linecap="round" stroke-linejoin="round"/>`,
        ]
      : []),
    ...circles,
    '</g>',
  ].join('\n');
}

const metadataStart = '<metadata id="molmo2-annotations">';

/** Hidden objects are not drawn, but are in the metadata. */
export function writeSvg(document: AnnotationDocument, options: SvgOptions = {}): string {
  const { media, objects } = document;
  const { image = 1, href } = options;
  const file = fileOf(media, { image });
  if (!file) return refuseToWrite('SVG', `there is no picture ${image} of ${media.files.length}`);
  const { name, width, height } = file;
  const radius = (Math.max(width, height) * dotShare) / 2;
  const groups = objects
    .filter(({ visible }) => visible)
    .map((object) => drawn(object, document, options))
    .filter(({ dots, line }) => dots.length + line.length > 0)
    .map((one) => group(one, radius));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${xml(name)}</title>`,
    `${metadataStart}${plainJson(fileValue(document))}</metadata>`,
    ...(href === undefined ? [] : [`<image href="${xml(href)}" width="${width}" height="${height}"/>`]),
    ...groups,
    '</svg>\n',
  ].join('\n');
}

/** Reads the document out of the metadata; what was drawn by other programs has none. */
export function readSvg(content: string): AnnotationDocument {
  const start = content.indexOf(metadataStart);
  const end = content.indexOf('</metadata>', start);
  if (start < 0 || end < 0)
    return refuseFile('the whole file', 'this SVG has no annotations in its metadata, only a drawing');
  return checkedDocument(parsedJson(content.slice(start + metadataStart.length, end), 'the metadata'));
}
