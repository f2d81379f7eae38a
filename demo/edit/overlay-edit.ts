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
    case 'rename': {
      const named = document.objects.filter((object) => edit.keys.includes(overlayKey(object)));
      const edits = named.map(({ id }) => ({ type: 'rename' as const, id, label: edit.label }));
      return edits.length === 0 ? null : { type: 'all', edits };
    }
  }
}

/** The name that the overlay gives an object; ids of a document are unique. */
export function overlayKey({ kind, id, label }: AnnotationObject): string {
  return `${kind === 'track' ? 'track' : 'point'} ${id} ${label}`;
}
