// COCO's JSON: boxes, masks (polygons and runs) and keypoints of objects in pictures. Each category of a picture becomes one
// question, and so does each keypoint of a category.

import * as v from 'valibot';
import type { Mask, PicturePoint, Question, SizedPicture } from '../question.ts';
import { pathOf, refuseFile, refuseQuestion, shown, type DatasetFormat, type ReadContext } from './format.ts';
import { checked, countNumber, finite, parsedJson, path, side, whole } from './json.ts';
import { boxMask, maskFault, maskShape, polygonMask, runsOf, runsText } from './masks.ts';

const box = v.strictTuple([
  finite,
  finite,
  v.pipe(finite, v.minValue(0, 'must be 0 or more')),
  v.pipe(finite, v.minValue(0, 'must be 0 or more')),
]);
const polygon = v.pipe(
  v.array(finite),
  v.check((list) => list.length >= 6 && list.length % 2 === 0, 'must be x and y of 3 corners or more'),
);
const runs = v.object({
  size: v.strictTuple([side, side]),
  counts: v.union(
    [v.string(), v.array(countNumber)],
    'must be runs, or the text that they are compressed to',
  ),
});
const segmentation = v.union(
  [v.array(polygon), runs],
  'must be polygons of 3 corners or more, or runs and their size',
);
const annotation = v.object({
  id: v.exactOptional(whole),
  image_id: whole,
  category_id: whole,
  iscrowd: v.exactOptional(v.picklist([0, 1], 'must be 0 or 1')),
  bbox: v.exactOptional(box),
  segmentation: v.exactOptional(segmentation),
  keypoints: v.exactOptional(v.array(finite)),
});
const file = v.object({
  images: v.array(v.object({ id: whole, file_name: path, width: side, height: side })),
  annotations: v.array(annotation),
  categories: v.array(v.object({ id: whole, name: path, keypoints: v.exactOptional(v.array(path)) })),
});
type Annotation = v.InferOutput<typeof annotation>;
type Category = v.InferOutput<typeof file>['categories'][number];
type Picture = v.InferOutput<typeof file>['images'][number];

/** What a list holds by id; a second one of an id would silently replace the first. */
function byId<T extends { readonly id: number }>(list: readonly T[], key: string, context: ReadContext) {
  const map = new Map<number, T>();
  list.forEach((item, i) => {
    if (map.has(item.id)) refuseFile(context, `key ${key}.${i}.id`, `${item.id} is there twice`);
    map.set(item.id, item);
  });
  return map;
}

/** A segmentation's or box's mask; null where there is neither. `where` is its key. */
export function annotationMask(
  { bbox, segmentation: outline }: Pick<Annotation, 'bbox' | 'segmentation'>,
  size: { readonly width: number; readonly height: number },
  where: string,
  context: ReadContext,
): Mask | null {
  const { width, height } = size;
  if (!outline || (Array.isArray(outline) && outline.length === 0)) {
    if (!bbox) return null;
    const [x, y, boxWidth, boxHeight] = bbox;
    return boxMask(size, { x, y, width: boxWidth, height: boxHeight });
  }
  if (Array.isArray(outline)) return polygonMask(size, outline);
  const counts = typeof outline.counts === 'string' ? runsOf(outline.counts) : outline.counts;
  if (!counts) return refuseFile(context, where, `${shown(outline.counts)} are no compressed runs`);
  if (outline.size[0] !== height || outline.size[1] !== width)
    refuseFile(
      context,
      where,
      `its size is ${outline.size.join(' x ')}, the picture's ${height} x ${width} (rows first)`,
    );
  const mask = { width, height, counts };
  const fault = maskFault(mask);
  return fault === null ? mask : refuseFile(context, where, fault);
}

interface Numbered {
  readonly item: Annotation;
  readonly index: number;
}

function objectPoints(picture: Picture, items: readonly Numbered[], context: ReadContext): PicturePoint[] {
  return items.flatMap(({ item, index }) => {
    const where = `key annotations.${index}`;
    const mask = annotationMask(item, picture, `${where}.segmentation`, context);
    if (!mask) {
      // A file of keypoints alone need not say where whole objects are.
      if (item.keypoints) return [];
      return refuseFile(context, where, 'it has neither bbox nor segmentation');
    }
    const shape = maskShape(mask);
    if (!shape) return refuseFile(context, where, 'nothing of the object lies inside its picture');
    return [{ x: shape.x, y: shape.y, image: 1, mask }];
  });
}

/** The places of each keypoint that was marked, by its name. */
function keypointPlaces(category: Category, items: readonly Numbered[], context: ReadContext) {
  const places = new Map<string, PicturePoint[]>();
  for (const { item, index } of items) {
    if (!item.keypoints) continue;
    const names = category.keypoints ?? [];
    if (item.keypoints.length !== names.length * 3)
      refuseFile(
        context,
        `key annotations.${index}.keypoints`,
        `${item.keypoints.length} numbers, but the category "${category.name}" has ${names.length} keypoints of 3 each`,
      );
    names.forEach((name, i) => {
      const [x = 0, y = 0, visibility = 0] = item.keypoints?.slice(i * 3, i * 3 + 3) ?? [];
      if (visibility === 0) return;
      places.set(name, [...(places.get(name) ?? []), { x, y, image: 1 }]);
    });
  }
  // In the order of the category, whichever object shows one first.
  return new Map(
    (category.keypoints ?? []).flatMap((name) => (places.has(name) ? [[name, places.get(name) ?? []]] : [])),
  );
}

/** Marks questions about a part of objects; their label is the part and what it is of. */
const keypointCategory = 'keypoint';

function pictureQuestions(
  picture: Picture,
  category: Category,
  items: readonly Numbered[],
  context: ReadContext,
) {
  const { file_name: source, width, height } = picture;
  const media = { kind: 'images' as const, images: [{ source, width, height }] };
  const questions: Question[] = [];
  const ask = (name: string, prompt: string, points: PicturePoint[], isPart: boolean) =>
    questions.push({
      id: `${picture.id}:${category.id}${isPart ? `:${name}` : ''}`,
      media,
      prompt,
      style: 'pointing',
      label: name,
      category: isPart ? keypointCategory : category.name,
      reference: { kind: 'points', points },
    });
  const points = objectPoints(picture, items, context);
  if (points.length > 0) ask(category.name, `Point to every ${category.name}`, points, false);
  for (const [part, places] of keypointPlaces(category, items, context))
    ask(`${part} of ${category.name}`, `Point to the ${part} of every ${category.name}`, places, true);
  return questions;
}

function read(text: string, context: ReadContext): Question[] {
  const { images, annotations, categories } = checked(file, parsedJson(text, context), context);
  const pictureOf = byId(images, 'images', context);
  const categoryOf = byId(categories, 'categories', context);
  const groups = new Map<string, Numbered[]>();
  annotations.forEach((item, index) => {
    if (!pictureOf.has(item.image_id))
      refuseFile(context, `key annotations.${index}.image_id`, `there is no image ${item.image_id}`);
    if (!categoryOf.has(item.category_id))
      refuseFile(context, `key annotations.${index}.category_id`, `there is no category ${item.category_id}`);
    const key = `${item.image_id}:${item.category_id}`;
    groups.set(key, [...(groups.get(key) ?? []), { item, index }]);
  });
  return images.flatMap((picture) =>
    categories.flatMap((category) => {
      const items = groups.get(`${picture.id}:${category.id}`) ?? [];
      // A crowd cannot be pointed at one by one, so that no list of points would be right.
      if (items.some(({ item }) => item.iscrowd === 1)) return [];
      return pictureQuestions(picture, category, items, context);
    }),
  );
}

/** One annotation while it is put together: keypoints come from questions of their own. */
interface Draft {
  readonly mask?: Mask;
  readonly keypoints: Map<string, { readonly x: number; readonly y: number }>;
}

/** The picture, category and part that a question is about. */
function subject(question: Question): { picture: SizedPicture; name: string; part: string | null } {
  const { media, label, reference } = question;
  if (media.kind !== 'images' || media.images.length !== 1 || reference.kind !== 'points')
    return refuseQuestion(question, 'COCO', 'it does not point at objects in one picture');
  const [picture] = media.images;
  if (!picture || label === undefined || label === '')
    return refuseQuestion(question, 'COCO', 'it has no label to be the category');
  const at = question.category === keypointCategory ? label.indexOf(' of ') : -1;
  return at < 0
    ? { picture, name: label, part: null }
    : { picture, name: label.slice(at + 4), part: label.slice(0, at) };
}

const rank = ({ part }: { readonly part: string | null }) => (part === null ? 0 : 1);

/** The object that a keypoint belongs to: one that does not have it yet, in whose box it lies if there is one; else a new one. */
function ownerOf(drafts: Draft[], part: string, { x, y }: PicturePoint): Draft {
  const free = drafts.filter(({ keypoints }) => !keypoints.has(part));
  const around = free.find(({ mask }) => {
    const box = mask && maskShape(mask)?.box;
    return box && x >= box.x && y >= box.y && x <= box.x + box.width && y <= box.y + box.height;
  });
  const owner = around ?? free[0] ?? { keypoints: new Map() };
  if (!drafts.includes(owner)) drafts.push(owner);
  return owner;
}

function written(draft: Draft, names: readonly string[]) {
  const shape = draft.mask && maskShape(draft.mask);
  const keypoints = names.flatMap((name) => {
    const place = draft.keypoints.get(name);
    return place ? [place.x, place.y, 2] : [0, 0, 0];
  });
  return {
    iscrowd: 0,
    ...(shape && { area: shape.area, bbox: [shape.box.x, shape.box.y, shape.box.width, shape.box.height] }),
    ...(shape &&
      !shape.isBox &&
      draft.mask && {
        segmentation: {
          size: [draft.mask.height, draft.mask.width],
          counts: runsText(draft.mask.counts),
        },
      }),
    ...(draft.keypoints.size > 0 && { keypoints, num_keypoints: draft.keypoints.size }),
  };
}

function write(questions: readonly Question[]): string {
  const images = new Map<string, SizedPicture>();
  const categories = new Map<string, string[]>();
  const drafts = new Map<string, Map<string, Draft[]>>();
  // Whole objects first: their parts are given to them.
  const subjects = questions.map((question) => ({ question, ...subject(question) }));
  for (const { question, picture, name, part } of subjects.toSorted((a, b) => rank(a) - rank(b))) {
    const source = pathOf(picture.source, question, 'COCO');
    images.set(source, picture);
    const parts = categories.get(name) ?? [];
    categories.set(name, parts);
    if (part !== null && !parts.includes(part)) parts.push(part);
    const ofPicture = drafts.get(source) ?? new Map<string, Draft[]>();
    drafts.set(source, ofPicture);
    const list = ofPicture.get(name) ?? [];
    ofPicture.set(name, list);
    if (question.reference.kind !== 'points') continue;
    for (const point of question.reference.points)
      if (part !== null) ownerOf(list, part, point).keypoints.set(part, { x: point.x, y: point.y });
      else
        list.push({
          mask:
            point.mask ?? refuseQuestion(question, 'COCO', 'a point has no mask, and COCO no lone points'),
          keypoints: new Map(),
        });
  }
  const names = [...categories.keys()];
  const annotations = [...images.keys()].flatMap((source, i) =>
    names.flatMap((name, j) =>
      (drafts.get(source)?.get(name) ?? []).map((draft) => ({
        image_id: i + 1,
        category_id: j + 1,
        ...written(draft, categories.get(name) ?? []),
      })),
    ),
  );
  const content = {
    images: [...images].map(([source, { width, height }], i) => ({
      id: i + 1,
      file_name: source,
      width,
      height,
    })),
    annotations: annotations.map((item, i) => ({ id: i + 1, ...item })),
    categories: names.map((name, i) => {
      const keypoints = categories.get(name) ?? [];
      return { id: i + 1, name, ...(keypoints.length > 0 && { keypoints }) };
    }),
  };
  return `${JSON.stringify(content, null, 1)}\n`;
}

/** COCO's annotations of objects. Ids are given anew when it is written; masks are written as compressed runs, boxes as boxes. */
export const coco: DatasetFormat = { name: 'COCO', read, write };
