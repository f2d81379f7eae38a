// JSON as COCO has it: pictures, categories and keypoint annotations, one for each point. A video is its frames, with file names
// that tools that cut clips use, and times. What COCO has no key for is in `attributes`, which other tools pass over.

import * as v from 'valibot';
import {
  type AnnotationDocument,
  type AnnotationMedia,
  type AnnotationObject,
  type AnnotationPoint,
  placeKey,
} from '../document/document.ts';
import { refuseFile } from './fault.ts';
import {
  checked,
  color,
  finite,
  flag,
  kind,
  objectId,
  origin,
  parsedJson,
  seconds,
  side,
  text,
  whole,
} from './json-text.ts';
import { soundObject } from './sound.ts';

/** Seconds and pictures of all frames that are to be named, ascending. */
function frameKeys({ media, objects }: AnnotationDocument): number[] {
  if (media.kind === 'images') return media.files.map((_, i) => i + 1);
  const times = objects.flatMap(({ points }) => points.map(placeKey));
  return [...new Set([...media.timestamps, ...times])].sort((a, b) => a - b);
}

/** `clip/000012.png`: where a tool that cuts a clip into frames puts the thirteenth of these. */
const frameName = (name: string, index: number) =>
  `${name.replace(/\.[^./]*$/, '') || 'video'}/${String(index).padStart(6, '0')}.png`;

function picturesOf(media: AnnotationMedia, keys: readonly number[]): object[] {
  const [video] = media.files;
  if (media.kind === 'images')
    return media.files.map(({ name, width, height }, i) => ({ id: i + 1, file_name: name, width, height }));
  const sampled = new Set(media.timestamps);
  return keys.map((timeSec, i) => ({
    id: i + 1,
    file_name: frameName(video?.name ?? '', i),
    width: video?.width,
    height: video?.height,
    video_id: 1,
    frame_index: i,
    time_sec: timeSec,
    sampled: sampled.has(timeSec),
  }));
}

export function writeCoco(document: AnnotationDocument): string {
  const { media, objects } = document;
  const keys = frameKeys(document);
  const idOfKey = new Map(keys.map((key, i) => [key, i + 1]));
  const names = [...new Set(objects.map(({ label }) => label))];
  const points = objects.flatMap(({ id: object, label, kind: of, visible, color: own, points: places }) =>
    places.map((point) => ({
      image_id: idOfKey.get(placeKey(point)),
      category_id: names.indexOf(label) + 1,
      // The last number says that the point is visible in the picture.
      keypoints: [point.x, point.y, 2],
      num_keypoints: 1,
      iscrowd: 0,
      attributes: { object, kind: of, visible, color: own, origin: point.origin },
    })),
  );
  const file = {
    info: { description: 'Points and tracks, in pixels from the left and upper edge.' },
    ...(media.kind === 'video' && {
      videos: media.files.map((one) => ({ id: 1, ...one, duration_sec: media.durationSec })),
    }),
    images: picturesOf(media, keys),
    categories: names.map((name, i) => ({ id: i + 1, name, keypoints: ['point'], skeleton: [] })),
    annotations: points.map((point, i) => ({ id: i + 1, ...point })),
  };
  return `${JSON.stringify(file)}\n`;
}

const schema = v.object({
  videos: v.exactOptional(
    v.array(
      v.object({ id: whole, name: text, width: side, height: side, duration_sec: v.nullable(seconds) }),
    ),
  ),
  images: v.pipe(
    v.array(
      v.object({
        id: whole,
        file_name: text,
        width: side,
        height: side,
        time_sec: v.exactOptional(seconds),
        sampled: v.exactOptional(flag),
      }),
    ),
  ),
  categories: v.array(v.object({ id: whole, name: text, keypoints: v.exactOptional(v.array(text)) })),
  annotations: v.array(
    v.object({
      image_id: whole,
      category_id: whole,
      keypoints: v.exactOptional(v.array(finite)),
      attributes: v.exactOptional(
        v.object({
          object: v.exactOptional(objectId),
          kind: v.exactOptional(kind),
          visible: v.exactOptional(flag),
          color: v.exactOptional(v.nullable(color)),
          origin: v.exactOptional(origin),
        }),
      ),
    }),
  ),
});
type Coco = v.InferOutput<typeof schema>;

function byId<T extends { readonly id: number }>(list: readonly T[], key: string): Map<number, T> {
  const map = new Map<number, T>();
  list.forEach((one, i) => {
    if (map.has(one.id)) refuseFile(`key "${key}.${i}.id"`, `${one.id} is there twice`);
    map.set(one.id, one);
  });
  return map;
}

function mediaIn({ videos, images }: Coco): AnnotationMedia {
  const [video] = videos ?? [];
  if (!video) {
    if (images.length === 0) refuseFile('key "images"', 'there are no pictures');
    const files = images.map(({ file_name: name, width, height }) => ({ name, width, height }));
    return { kind: 'images', files, timestamps: [], durationSec: null };
  }
  if ((videos?.length ?? 0) > 1)
    refuseFile('key "videos"', `${videos?.length} videos; one at a time can be read`);
  const { name, width, height, duration_sec: durationSec } = video;
  const timeless = images.findIndex(({ time_sec: time }) => time === undefined);
  if (timeless >= 0) refuseFile(`key "images.${timeless}.time_sec"`, 'a frame of a video needs its time');
  const times = images.flatMap(({ sampled, time_sec: time }) =>
    sampled && time !== undefined ? [time] : [],
  );
  const timestamps = [...new Set(times)].sort((a, b) => a - b);
  return { kind: 'video', files: [{ name, width, height }], timestamps, durationSec };
}

/** Where the points of an annotation are, each with the name of its keypoint. */
function* keypointsOf(
  { keypoints = [] }: Coco['annotations'][number],
  where: string,
  names: readonly string[],
) {
  if (keypoints.length % 3 !== 0)
    refuseFile(`${where}.keypoints"`, `${keypoints.length} numbers; each keypoint has three`);
  for (let i = 0; i < keypoints.length; i += 3) {
    const [x = 0, y = 0, marked = 0] = keypoints.slice(i, i + 3);
    if (marked !== 0) yield { x, y, name: names[i / 3] ?? '' };
  }
}

type Begun = Omit<AnnotationObject, 'points'> & {
  readonly points: AnnotationPoint[];
  readonly index: number;
};

/** The objects that annotations of one id are, and one for each keypoint without an id. */
function begunObjects(file: Coco, media: AnnotationMedia): Begun[] {
  const pictures = byId(file.images, 'images');
  const categories = byId(file.categories, 'categories');
  const numbers = new Map(file.images.map(({ id }, i) => [id, i + 1]));
  const objects = new Map<number, Begun>();
  let free = file.annotations.reduce((most, { attributes }) => Math.max(most, attributes?.object ?? 0), 0);
  file.annotations.forEach((annotation, index) => {
    const where = `key "annotations.${index}`;
    const { image_id: picture, category_id: category, attributes = {} } = annotation;
    const frame = pictures.get(picture) ?? refuseFile(`${where}.image_id"`, `there is no picture ${picture}`);
    const { name, keypoints: parts = [] } =
      categories.get(category) ?? refuseFile(`${where}.category_id"`, `there is no category ${category}`);
    const place =
      media.kind === 'video' ? { timeSec: frame.time_sec ?? 0 } : { image: numbers.get(picture) ?? 1 };
    for (const { x, y, name: part } of keypointsOf(annotation, where, parts)) {
      const id = attributes.object ?? ++free;
      const { kind: of = 'points', visible = true, color: own = null, origin: from = 'made' } = attributes;
      const label = parts.length > 1 && part !== '' ? `${name}: ${part}` : name;
      const begun = objects.get(id) ?? { id, label, kind: of, visible, color: own, points: [], index };
      objects.set(id, begun);
      begun.points.push({ x, y, ...place, origin: from });
    }
  });
  return [...objects.values()];
}

/**
 * Reads keypoints, also those of other tools: each one that is marked is a point. Objects that other tools write get ids in the
 * order of the file; a category of several keypoints is named with each of theirs.
 */
export function readCoco(content: string): AnnotationDocument {
  const file = checked(schema, parsedJson(content, 'the whole file'));
  const media = mediaIn(file);
  const objects = begunObjects(file, media).map(({ points, index, ...shell }) => {
    // Annotations of such files are in any order.
    const ascending = points.toSorted((a, b) => placeKey(a) - placeKey(b));
    const where = `key "annotations.${index}" (object ${shell.id})`;
    return soundObject({ ...shell, points: ascending }, media, () => where);
  });
  return { media, asked: [], objects };
}
