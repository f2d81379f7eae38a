// WebVTT: a cue for each sampled time until the next one, as JSON for a page's metadata track or as text for people.

import * as v from 'valibot';
import {
  type AnnotationDocument,
  type AnnotationMedia,
  type AnnotationObject,
  type AnnotationPoint,
  placeKey,
} from '../document/document.ts';
import { refuseFile, refuseToWrite } from './fault.ts';
import {
  checked,
  color,
  finite,
  flag,
  kind,
  objectId,
  origin,
  parsedJson,
  plainJson,
  seconds,
  text,
} from './json-text.ts';
import { soundObject } from './sound.ts';

const head = 'WEBVTT molmo2-annotations 1';

/** How long the last cue is shown where the duration is not known: as long as the overlay shows it. */
const holdSec = 0.25;

function clock(ms: number): string {
  const part = (value: number, digits = 2) => String(Math.floor(value)).padStart(digits, '0');
  return `${part(ms / 3_600_000)}:${part((ms / 60_000) % 60)}:${part((ms / 1000) % 60)}.${part(ms % 1000, 3)}`;
}

const plain = (label: string) =>
  label
    .replaceAll(/[\n\r]+/g, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');

interface Cue {
  readonly timeSec: number;
  readonly places: readonly { readonly object: AnnotationObject; readonly point: AnnotationPoint }[];
}

const cueJson = ({ timeSec, places }: Cue) =>
  plainJson({
    timeSec,
    points: places.map(({ object, point }) => ({
      id: object.id,
      label: object.label,
      kind: object.kind,
      ...(!object.visible && { visible: false }),
      ...(object.color !== null && { color: object.color }),
      x: point.x,
      y: point.y,
      origin: point.origin,
    })),
  });

const cueText = ({ places }: Cue) =>
  places
    .filter(({ object }) => object.visible)
    .map(
      ({ object, point }) =>
        `${plain(object.label) || 'object'} ${object.id} (${Math.round(point.x)}, ${Math.round(point.y)})`,
    ) // prettier-ignore
    .join('\n');

/** `json` can be read again; `text` is for people, without what is hidden. */
export function writeWebVtt(
  { media, objects }: AnnotationDocument,
  payload: 'json' | 'text' = 'json',
): string {
  if (media.kind === 'images') refuseToWrite('WebVTT', 'these are pictures, and WebVTT is about times');
  const byTime = new Map<number, { object: AnnotationObject; point: AnnotationPoint }[]>();
  for (const object of objects)
    for (const point of object.points) {
      const list = byTime.get(placeKey(point)) ?? [];
      byTime.set(placeKey(point), list);
      list.push({ object, point });
    }
  const times = [...new Set([...media.timestamps, ...byTime.keys()])].sort((a, b) => a - b);
  const cues = times.flatMap((timeSec, i) => {
    const places = byTime.get(timeSec) ?? [];
    const untilSec = times[i + 1] ?? Math.max(media.durationSec ?? 0, timeSec + holdSec);
    const startMs = Math.round(timeSec * 1000);
    const endMs = Math.max(startMs + 1, Math.round(untilSec * 1000));
    const cue = { timeSec, places };
    const content = places.length === 0 ? '' : payload === 'json' ? cueJson(cue) : cueText(cue);
    return content === '' ? [] : [`${clock(startMs)} --> ${clock(endMs)}\n${content}\n`];
  });
  return [`${payload === 'json' ? head : 'WEBVTT'}\n`, ...cues].join('\n');
}

const cueSchema = v.object({
  timeSec: seconds,
  points: v.array(
    v.object({
      id: objectId,
      label: text,
      kind,
      visible: v.optional(flag, true),
      color: v.optional(v.nullable(color), null),
      x: finite,
      y: finite,
      origin,
    }),
  ),
});

/** Reads what `writeWebVtt` wrote as JSON. The exact times are in the cues; those of WebVTT are rounded to milliseconds. */
export function readWebVtt(content: string, media: AnnotationMedia): AnnotationDocument {
  const lines = content.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  if (lines[0] !== head)
    refuseFile('line 1', `a WebVTT file that can be read begins with "${head}" (subtitles hold no points)`);
  if (media.kind === 'images') refuseFile('line 1', 'WebVTT is about a video, but these are pictures');
  const objects = new Map<number, { object: AnnotationObject; points: AnnotationPoint[]; lines: number[] }>();
  lines.forEach((line, i) => {
    if (!line.startsWith('{')) return;
    const where = `line ${i + 1}`;
    const { timeSec, points } = checked(cueSchema, parsedJson(line, where), `${where}, `);
    for (const { id, label, kind: of, visible, color: own, x, y, origin: from } of points) {
      const object = { id, label, kind: of, visible, color: own, points: [] };
      const begun = objects.get(id) ?? { object, points: [], lines: [] };
      if (JSON.stringify(begun.object) !== JSON.stringify(object))
        refuseFile(where, `object ${id} is another one in line ${begun.lines[0]}`);
      begun.points.push({ x, y, timeSec, origin: from });
      begun.lines.push(i + 1);
      objects.set(id, begun);
    }
  });
  const sound = Array.from(objects.values(), ({ object, points, lines: of }) =>
    soundObject({ ...object, points }, media, (at) => `line ${of[at ?? 0]}`),
  );
  return { media, asked: [], objects: sound };
}
