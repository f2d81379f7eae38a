// Whether what a file says is a document: ids once, places inside their pictures and in order, times only in a video.

import {
  type AnnotationMedia,
  type AnnotationObject,
  type AnnotationPoint,
  fileOf,
  placeKey,
} from '../document/document.ts';
import { withPoints } from '../document/way.ts';
import { refuseFile } from './fault.ts';

/** What is wrong with a place; null where nothing is. */
function placeFault({ x, y, image, timeSec }: AnnotationPoint, media: AnnotationMedia): string | null {
  if (media.kind === 'video' && image !== undefined)
    return `it has a picture (${image}), but this is a video`;
  if (media.kind === 'video' && timeSec === undefined) return 'it has no time, but this is a video';
  if (media.kind === 'images' && timeSec !== undefined)
    return `it has a time (${timeSec}), but these are pictures`;
  const file = fileOf(media, image === undefined ? {} : { image });
  if (!file) return `it is in picture ${image}, but there are ${media.files.length}`;
  const isInside = x >= 0 && x <= file.width && y >= 0 && y <= file.height;
  return isInside ? null : `(${x}, ${y}) is outside the picture of ${file.width} x ${file.height}`;
}

/** Refuses an object that breaks what documents promise; `whereOf` names the object, or one of its points, in errors. */
export function soundObject(
  object: AnnotationObject,
  media: AnnotationMedia,
  whereOf: (index: number | null) => string,
): AnnotationObject {
  const { kind, points } = object;
  if (points.length === 0) refuseFile(whereOf(null), 'it has no points');
  if (kind === 'track' && media.kind === 'images')
    refuseFile(whereOf(null), 'it is a track, but these are pictures');
  points.forEach((point, i) => {
    const fault = placeFault(point, media);
    if (fault !== null) refuseFile(whereOf(i), fault);
    const before = points[i - 1];
    const gap = before ? placeKey(point) - placeKey(before) : 1;
    if (gap < 0) refuseFile(whereOf(i), 'it does not come after the point before it');
    if (gap === 0 && kind === 'track') refuseFile(whereOf(i), 'a track is at one place at a time');
    if (point.origin === 'interpolated' && kind === 'points')
      refuseFile(whereOf(i), 'only the places of a track are interpolated');
  });
  return withPoints(object, points) ?? refuseFile(whereOf(null), 'all of its points are interpolated');
}

/** Refuses a second object of one id: it would silently stand for the first. */
export function refuseTwice(
  objects: readonly AnnotationObject[],
  whereOf: (index: number) => string,
): readonly AnnotationObject[] {
  const seen = new Set<number>();
  objects.forEach(({ id }, i) => {
    if (seen.has(id)) refuseFile(whereOf(i), `the id ${id} is there twice`);
    seen.add(id);
  });
  return objects;
}
