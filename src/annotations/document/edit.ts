// What can be done to a document: each edit is plain data, and a pure function makes the next document of it.

import {
  type AnnotationDocument,
  type AnnotationObject,
  type AnnotationPoint,
  fileOf,
  nextId,
  placeKey,
} from './document.ts';
import { filledWay, withPoints } from './way.ts';

/** A place in pixels: in a video with a time, otherwise with the 1-based number of a picture (1 where there is one alone). */
export type Place = Omit<AnnotationPoint, 'origin'>;

/** One step of editing. `id` names the object, `index` one of its points. Places beyond the picture are moved to its edge. */
export type AnnotationEdit =
  /** A new object that was placed by hand. */
  | {
      readonly type: 'create';
      readonly label: string;
      readonly kind: AnnotationObject['kind'];
      readonly points: readonly Place[];
    }
  /** Places the object by hand once more; a track that has a place at this time is moved there. */
  | { readonly type: 'add'; readonly id: number; readonly point: Place }
  | {
      readonly type: 'move';
      readonly id: number;
      readonly index: number;
      readonly x: number;
      readonly y: number;
    }
  /** Takes one point away; the object goes with its last one. */
  | { readonly type: 'remove'; readonly id: number; readonly index: number }
  /** Takes the whole object away. */
  | { readonly type: 'delete'; readonly id: number }
  | { readonly type: 'rename'; readonly id: number; readonly label: string }
  | { readonly type: 'show'; readonly id: number; readonly visible: boolean }
  /** `#rrggbb`, or null for the colour of its id. */
  | { readonly type: 'recolor'; readonly id: number; readonly color: string | null }
  /**
   * Makes one object of several: the first keeps its id, label and colour. It is a track if the first one is; where two of them are
   * at one time, a place that was made by hand is kept, else that of the one named earlier.
   */
  | { readonly type: 'merge'; readonly ids: readonly number[] }
  /** What the object has from `index` on becomes an object of its own. */
  | { readonly type: 'split'; readonly id: number; readonly index: number }
  /** Takes a way that the model followed in place of what was sampled before; what was made by hand is kept. The object is a track then. */
  | { readonly type: 'follow'; readonly id: number; readonly points: readonly Place[] }
  /** Interpolates the track at these times, and nowhere else. */
  | { readonly type: 'fill'; readonly id: number; readonly timesSec: readonly number[] }
  /** Adds objects of another answer or file about the same media; they get new ids where theirs are taken. */
  | { readonly type: 'append'; readonly objects: readonly AnnotationObject[] }
  /** Several edits as one step, one after the other. */
  | { readonly type: 'all'; readonly edits: readonly AnnotationEdit[] };

function checkText(name: string, text: unknown): void {
  if (typeof text !== 'string') throw new TypeError(`edit.${name} must be a text, got ${String(text)}.`);
}

/** The place inside its picture, by the name of its option in errors. */
function placed(document: AnnotationDocument, place: Place, name: string): Place {
  const { media } = document;
  const { x, y, image = 1, timeSec } = place;
  if (!Number.isFinite(x) || !Number.isFinite(y))
    throw new RangeError(`edit.${name} must have finite x and y, got ${x} and ${y}.`);
  const file = fileOf(media, place);
  if (!file)
    throw new RangeError(`edit.${name} is in picture ${image}, but there are ${media.files.length}.`);
  const inside = { x: Math.min(Math.max(x, 0), file.width), y: Math.min(Math.max(y, 0), file.height) };
  if (media.kind === 'images') return { ...inside, image };
  if (timeSec === undefined || !Number.isFinite(timeSec) || timeSec < 0)
    throw new RangeError(`edit.${name} must have a timeSec of 0 or more in a video, got ${timeSec}.`);
  return { ...inside, timeSec };
}

function objectOf({ objects }: AnnotationDocument, id: number): AnnotationObject {
  const object = objects.find((one) => one.id === id);
  if (object) return object;
  throw new RangeError(
    `There is no object ${id}. The document has ${objects.length === 0 ? 'none' : objects.slice(0, 20).map((one) => one.id).join(', ')}.`, // prettier-ignore
  );
}

function pointOf(object: AnnotationObject, index: number): AnnotationPoint {
  const point = Number.isSafeInteger(index) && index >= 0 ? object.points[index] : undefined;
  if (point) return point;
  throw new RangeError(
    `edit.index must be from 0 to ${object.points.length - 1} for object ${object.id}, got ${index}.`,
  );
}

/** The document with `next` in place of an object; without it where `next` is null. */
function replaced(
  document: AnnotationDocument,
  id: number,
  next: AnnotationObject | null,
): AnnotationDocument {
  const objects = document.objects.flatMap((one) => (one.id !== id ? [one] : next ? [next] : []));
  return { ...document, objects };
}

/** `value` in place of what the object has under `key`; the same document where nothing changes. */
function withValue<K extends 'label' | 'visible' | 'color'>(
  document: AnnotationDocument,
  id: number,
  key: K,
  value: AnnotationObject[K],
): AnnotationDocument {
  const object = objectOf(document, id);
  return object[key] === value ? document : replaced(document, id, { ...object, [key]: value });
}

function checkTrackMedia({ media }: AnnotationDocument, kind: AnnotationObject['kind']): void {
  if (kind === 'track' && media.kind === 'images')
    throw new RangeError('A track needs a video; these are pictures. Use the kind "points".');
}

function created(
  document: AnnotationDocument,
  edit: Extract<AnnotationEdit, { type: 'create' }>,
): AnnotationDocument {
  const { label, kind, points } = edit;
  checkText('label', label);
  checkTrackMedia(document, kind);
  const made = points.map((place): AnnotationPoint => ({
    ...placed(document, place, 'points'),
    origin: 'made',
  }));
  const shell = { id: nextId(document.objects), label, kind, visible: true, color: null, points: [] };
  const object = withPoints(shell, made);
  if (!object) throw new RangeError('edit.points must have at least one place.');
  return { ...document, objects: [...document.objects, object] };
}

function moved(
  document: AnnotationDocument,
  { id, index, x, y }: Extract<AnnotationEdit, { type: 'move' }>,
): AnnotationDocument {
  const object = objectOf(document, id);
  const point = pointOf(object, index);
  const next = placed(document, { ...point, x, y }, 'x and y');
  if (next.x === point.x && next.y === point.y) return document;
  const points = object.points.with(index, { ...next, origin: 'made' });
  return replaced(document, id, withPoints(object, points));
}

function merged(document: AnnotationDocument, ids: readonly number[]): AnnotationDocument {
  const [first, ...others] = [...new Set(ids)].map((id) => objectOf(document, id));
  if (!first || others.length === 0)
    throw new RangeError(`edit.ids must name two objects or more, got ${ids.join(', ') || 'none'}.`);
  // Of places at one time the last is kept, and the order of equal ones stays.
  const backwards = [first, ...others].toReversed().flatMap(({ points }) => points);
  const rank = (point: AnnotationPoint) => ['interpolated', 'sampled', 'made'].indexOf(point.origin);
  const points = first.kind === 'track' ? backwards.toSorted((a, b) => rank(a) - rank(b)) : backwards;
  const kept = withPoints(first, first.kind === 'track' ? points : points.map(said));
  const gone = new Set(others.map(({ id }) => id));
  const rest = { ...document, objects: document.objects.filter(({ id }) => !gone.has(id)) };
  return replaced(rest, first.id, kept);
}

/** Without its neighbours an interpolated place is one that whoever cut it off has chosen to keep. */
const said = (point: AnnotationPoint): AnnotationPoint =>
  point.origin === 'interpolated' ? { ...point, origin: 'made' } : point;

function split(document: AnnotationDocument, id: number, index: number): AnnotationDocument {
  const object = objectOf(document, id);
  pointOf(object, index);
  // A place that is cut off from its neighbours is kept as it is.
  const points = object.points.map((point, i) => (i === index || i === index - 1 ? said(point) : point));
  const before = withPoints(object, points.slice(0, index));
  if (!before)
    throw new RangeError(`edit.index must be 1 or more: before ${index} there is nothing to keep.`);
  const after = withPoints({ ...object, id: nextId(document.objects), color: null }, points.slice(index));
  const rest = replaced(document, id, before);
  return { ...rest, objects: after ? [...rest.objects, after] : rest.objects };
}

function followed(
  document: AnnotationDocument,
  { id, points }: Extract<AnnotationEdit, { type: 'follow' }>,
): AnnotationDocument {
  checkTrackMedia(document, 'track');
  const object = objectOf(document, id);
  const way = points.map((place): AnnotationPoint => ({
    ...placed(document, place, 'points'),
    origin: 'sampled',
  }));
  const made = object.points.filter(({ origin }) => origin === 'made');
  // Behind the others, so that at one time what was made by hand is kept.
  return replaced(document, id, withPoints({ ...object, kind: 'track' }, [...way, ...made]) ?? object);
}

function filled(
  document: AnnotationDocument,
  { id, timesSec }: Extract<AnnotationEdit, { type: 'fill' }>,
): AnnotationDocument {
  const object = objectOf(document, id);
  if (object.kind !== 'track')
    throw new RangeError(`Object ${id} is no track: between its points there is nothing to fill.`);
  const bad = timesSec.find((time) => !Number.isFinite(time));
  if (bad !== undefined) throw new RangeError(`edit.timesSec must be finite numbers, got ${bad}.`);
  const known = object.points.filter(({ origin }) => origin !== 'interpolated');
  return replaced(document, id, { ...object, points: filledWay(known, timesSec) });
}

function appended(document: AnnotationDocument, added: readonly AnnotationObject[]): AnnotationDocument {
  const objects = [...document.objects];
  const taken = new Set(objects.map(({ id }) => id));
  let next = nextId([...objects, ...added]);
  for (const object of added) {
    checkTrackMedia(document, object.kind);
    const points = object.points.map((point) => ({
      ...placed(document, point, 'objects'),
      origin: point.origin,
    }));
    const whole = withPoints({ ...object, id: taken.has(object.id) ? next++ : object.id }, points);
    if (!whole) continue;
    taken.add(whole.id);
    objects.push(whole);
  }
  return { ...document, objects };
}

/**
 * The document after one edit; the same one where the edit changes nothing. Throws a `RangeError` for an object or point that is
 * not there, and a `TypeError` for a label that is no text.
 */
export function edited(document: AnnotationDocument, edit: AnnotationEdit): AnnotationDocument {
  switch (edit.type) {
    case 'create':
      return created(document, edit);
    case 'add': {
      const object = objectOf(document, edit.id);
      const point: AnnotationPoint = { ...placed(document, edit.point, 'point'), origin: 'made' };
      return replaced(document, edit.id, withPoints(object, [...object.points, point]));
    }
    case 'move':
      return moved(document, edit);
    case 'remove': {
      const object = objectOf(document, edit.id);
      pointOf(object, edit.index);
      return replaced(document, edit.id, withPoints(object, object.points.toSpliced(edit.index, 1)));
    }
    case 'delete':
      return replaced(document, objectOf(document, edit.id).id, null);
    case 'rename':
      checkText('label', edit.label);
      return withValue(document, edit.id, 'label', edit.label);
    case 'show':
      return withValue(document, edit.id, 'visible', edit.visible);
    case 'recolor':
      if (edit.color !== null && !/^#[0-9a-f]{6}$/i.test(edit.color))
        throw new RangeError(`edit.color must be #rrggbb or null, got ${edit.color}.`);
      return withValue(document, edit.id, 'color', edit.color);
    case 'merge':
      return merged(document, edit.ids);
    case 'split':
      return split(document, edit.id, edit.index);
    case 'follow':
      return followed(document, edit);
    case 'fill':
      return filled(document, edit);
    case 'append':
      return appended(document, edit.objects);
    case 'all':
      return edit.edits.reduce(edited, document);
  }
}

/** The first point of an object that is in this picture, or at this time within `slackSec`; -1 where there is none. */
export function pointIndex(object: AnnotationObject, key: number, slackSec = 0): number {
  return object.points.findIndex((point) => Math.abs(placeKey(point) - key) <= slackSec);
}
