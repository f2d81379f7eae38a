// The text that the model was trained to write, and writes: one tag for all objects of a label. Coordinates are rounded to
// thousandths of the picture, times to tenths of a second; ids begin anew in each tag.

import { AnswerStream } from '../../grounding/answer-stream.ts';
import { pointsText, secondsKey, tracksText, type PointGroup } from '../../grounding/molmo-text.ts';
import {
  type AnnotationDocument,
  type AnnotationMedia,
  type AnnotationObject,
  fileOf,
  placeKey,
} from '../document/document.ts';
import { answerObjects, mediaOf } from '../document/from-answer.ts';

/** The points of objects of one label by picture, or by the tenth of a second that names them. */
function groupsOf(objects: readonly AnnotationObject[], media: AnnotationMedia): PointGroup[] {
  const groups = new Map<number, PointGroup & { readonly points: { x: number; y: number }[] }>();
  for (const point of objects.flatMap(({ points }) => points)) {
    const file = fileOf(media, point);
    if (!file) continue;
    const key = media.kind === 'video' ? Number(secondsKey(placeKey(point))) : placeKey(point);
    const group = groups.get(key) ?? { key, width: file.width, height: file.height, points: [] };
    groups.set(key, group);
    group.points.push({ x: point.x, y: point.y });
  }
  return [...groups.values()];
}

/** A line for each label and kind; "There are none." where there is nothing. */
export function writeTrainingText({ media, objects }: AnnotationDocument): string {
  const [file] = media.files;
  const labels = (kind: AnnotationObject['kind']) => [
    ...new Set(objects.filter((object) => object.kind === kind).map(({ label }) => label)),
  ];
  const of = (kind: AnnotationObject['kind'], label: string) =>
    objects.filter((object) => object.kind === kind && object.label === label);
  const isVideo = media.kind === 'video';
  const lines = [
    ...labels('points').map((label) => pointsText(groupsOf(of('points', label), media), label, isVideo)),
    ...labels('track').map((label) => {
      const tracks = of('track', label).map(({ id, points }) => ({
        id,
        points: points.map(({ x, y, timeSec = 0 }) => ({ x, y, timeSec })),
      }));
      return tracksText(tracks, label, { width: file?.width ?? 1, height: file?.height ?? 1 });
    }),
  ];
  return `${lines.length === 0 ? 'There are none.' : lines.join('\n')}\n`;
}

/** Reads any answer of the model about `media`, in every spelling that answers are read in; places that do not exist are left out. */
export function readTrainingText(content: string, media: AnnotationMedia): AnnotationDocument {
  const stream = new AnswerStream(mediaOf({ media, asked: [], objects: [] }));
  stream.push(content);
  stream.end();
  return { media, asked: [], objects: answerObjects(stream, media.kind === 'video') };
}
