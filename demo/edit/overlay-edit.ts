// What a hand does on the overlay as an edit of the document. Pure.

import {
  type AnnotationDocument,
  type AnnotationEdit,
  type AnnotationObject,
  pointIndex,
} from '../../src/annotations/annotations.ts';
import type { EditDetail } from '../../src/overlay/molmo-overlay.ts';

type OverlayEdit = EditDetail['edit'];

/** Times of one step that differ by less are the same one: half a frame at 30 per second, as the overlay counts. */
const sameTimeSec = 1 / 60;

/** The object and the point that the overlay's list of points or tracks has at `index`; hidden objects are not in it. */
function found(
  { objects }: AnnotationDocument,
  kind: 'point' | 'track',
  index: number,
): { readonly object: AnnotationObject; readonly point: number } | null {
  const shown = objects.filter(({ visible }) => visible);
  if (kind === 'track') {
    const object = shown.filter((one) => one.kind === 'track')[index];
    return object ? { object, point: -1 } : null;
  }
  const points = shown
    .filter((one) => one.kind === 'points')
    .flatMap((object) => object.points.map((_, point) => ({ object, point })));
  return points[index] ?? null;
}

function moved(
  document: AnnotationDocument,
  edit: Extract<OverlayEdit, { action: 'move' }>,
): AnnotationEdit | null {
  const at = found(document, edit.kind, edit.index);
  if (!at) return null;
  const { id } = at.object;
  const { x, y } = edit;
  if (edit.kind === 'point') return { type: 'move', id, index: at.point, x, y };
  const step = pointIndex(at.object, edit.timeSec, sameTimeSec);
  return step < 0
    ? { type: 'add', id, point: { x, y, timeSec: edit.timeSec } }
    : { type: 'move', id, index: step, x, y };
}

function removed(
  document: AnnotationDocument,
  edit: Extract<OverlayEdit, { action: 'delete' }>,
): AnnotationEdit | null {
  const at = found(document, edit.kind, edit.index);
  if (!at) return null;
  const { id } = at.object;
  if (edit.kind === 'point') return { type: 'remove', id, index: at.point };
  if (edit.timeSec === undefined) return { type: 'delete', id };
  const step = pointIndex(at.object, edit.timeSec, sameTimeSec);
  return step < 0 ? null : { type: 'remove', id, index: step };
}

/** One edit for the objects that the overlay calls so; null where there are none. */
function ofEach(
  { objects }: AnnotationDocument,
  keys: readonly string[],
  edit: (id: number) => AnnotationEdit,
): AnnotationEdit | null {
  const named = objects.filter((object) => keys.includes(overlayKey(object)));
  return named.length === 0 ? null : { type: 'all', edits: named.map(({ id }) => edit(id)) };
}

/** The same change of the document; null where there is nothing to change. */
export function documentEdit(document: AnnotationDocument, edit: OverlayEdit): AnnotationEdit | null {
  switch (edit.action) {
    case 'move':
      return moved(document, edit);
    case 'delete':
      return removed(document, edit);
    case 'add': {
      if (edit.kind === 'track')
        return { type: 'create', kind: 'track', label: edit.track.label, points: edit.track.points };
      const { x, y, image, timeSec, label } = edit.point;
      const place =
        document.media.kind === 'video' ? { x, y, timeSec: timeSec ?? 0 } : { x, y, image: image ?? 1 };
      return { type: 'create', kind: 'points', label, points: [place] };
    }
    case 'rename':
      return ofEach(document, edit.keys, (id) => ({ type: 'rename', id, label: edit.label }));
    case 'recolor':
      return ofEach(document, edit.keys, (id) => ({ type: 'recolor', id, color: edit.color }));
  }
}

/** The name that the overlay gives an object; ids of a document are unique. */
export function overlayKey({ kind, id, label }: AnnotationObject): string {
  return `${kind === 'track' ? 'track' : 'point'} ${id} ${label}`;
}
