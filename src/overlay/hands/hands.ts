// What people do to marks, by pointer and by keyboard: point at them, select, move, add and delete them.

import type { Surface } from '../draw/drawing.ts';
import type { Edit } from '../marks/edits.ts';
import { inLayer } from '../marks/layers.ts';
import type { MarkedPoint, MarkedTrack } from '../marks/marks.ts';
import { toElement, toOriginal } from '../target/fit.ts';
import type { MarkListEvents } from './mark-list.ts';
import type { Spot } from '../marks/moments.ts';
import type { MarkRef } from '../marks/objects.ts';
import { dotAt, type Pointing } from './pointing.ts';
import type { Dot } from '../marks/scene.ts';

/** A place of the picture, in pixels of the original. */
export interface ClickDetail {
  readonly x: number;
  readonly y: number;
  /** Moment of the frame that is shown; null over a picture. */
  readonly timeSec: number | null;
  /** 1-based number of the picture. */
  readonly image: number;
  /** The mark there; null where there is none. */
  readonly mark: MarkRef | null;
}

/** The overlay, as far as hands reach: what everybody may do with it, */
export interface Marked {
  readonly editable: boolean;
  readonly points: readonly MarkedPoint[];
  readonly tracks: readonly MarkedTrack[];
  readonly image: number;
  selected: string | null;
  apply(edit: Edit): boolean;
}

/** and what it does for them alone. */
export interface Canvas {
  surface(): Surface | null;
  /** Shows a change that is not made yet; null takes it back. */
  preview(edit: Edit | null): void;
  hover(mark: MarkRef | null): void;
  /** Whether the click may select what it hit. */
  click(detail: ClickDetail): boolean;
  /** From now on keys are for this mark. */
  takeKeys(key: string): void;
}

/** The step that a dot shows, or the moment between two of them. */
function timeOf({ kind, index, step }: Dot, { tracks }: Marked, surface: Surface): number {
  const own = kind === 'track' && step !== null ? tracks[index]?.points[step]?.timeSec : undefined;
  return own ?? surface.timeSec ?? 0;
}

function moved(dot: Dot, { x, y }: Spot, marked: Marked, surface: Surface): Edit {
  const { kind, index } = dot;
  if (kind === 'point') return { action: 'move', kind, index, x, y };
  return { action: 'move', kind, index, timeSec: timeOf(dot, marked, surface), x, y };
}

/** Puts the selected track there at this moment; without one, a point of the kind that is selected or was the last. */
function added({ x, y }: Spot, marked: Marked, surface: Surface): Edit {
  const { points, image, selected } = marked;
  const track = surface.dots.find((dot) => dot.key === selected && dot.kind === 'track');
  if (track) return moved(track, { x, y }, marked, surface);
  const like = points[surface.dots.find((dot) => dot.key === selected)?.index ?? points.length - 1];
  const id = Math.max(0, ...points.map((p) => p.id ?? 0)) + 1;
  const where = surface.timeSec === null ? { image } : { timeSec: surface.timeSec };
  const point = { x, y, id, label: like?.label ?? '', ...where };
  return { action: 'add', kind: 'point', point: inLayer(point, like?.layer) };
}

function refOf(dot: Dot | null): MarkRef | null {
  return dot && { kind: dot.kind, index: dot.index, key: dot.key };
}

/** The pointer's and the keyboard's hands on `marked`. */
export function handsOn(marked: Marked, canvas: Canvas): Pointing & MarkListEvents {
  /** The mark that is selected, where it is on the screen. */
  const selectedDot = (): Dot | undefined =>
    canvas.surface()?.dots.find((dot) => dot.key === marked.selected);
  const original = (at: Spot): Spot => {
    const surface = canvas.surface();
    return surface ? toOriginal(at, surface.original, surface.picture) : at;
  };
  const move = (dot: Dot, to: Spot): Edit | null => {
    const surface = canvas.surface();
    return surface && moved(dot, to, marked, surface);
  };
  const apply = (edit: Edit | null): void => {
    if (edit) marked.apply(edit);
  };
  const add = (at: Spot): void => {
    const surface = canvas.surface();
    apply(surface && added(at, marked, surface));
  };
  return {
    get isEditable() {
      return marked.editable;
    },
    get selected() {
      return marked.selected;
    },
    find(at, reach) {
      const surface = canvas.surface();
      if (!surface) return null;
      const place = (spot: Spot): Spot => toElement(spot, surface.original, surface.picture);
      return dotAt(surface.dots, surface.names, at, surface.dotSize / 2 + reach, place);
    },
    hover: (dot) => canvas.hover(refOf(dot)),
    click(dot, at) {
      const timeSec = canvas.surface()?.timeSec ?? null;
      const detail = { ...original(at), timeSec, image: marked.image, mark: refOf(dot) };
      if (!canvas.click(detail)) return;
      marked.selected = dot?.key ?? null;
      // Whoever selects a mark to change it goes on with Delete or the arrow keys.
      if (dot && marked.editable) canvas.takeKeys(dot.key);
    },
    drag: (dot, at) => canvas.preview(move(dot, original(at))),
    drop: (dot, at) => apply(move(dot, original(at))),
    cancel: () => canvas.preview(null),
    add: (at) => add(original(at)),
    addHere() {
      const { width = 0, height = 0 } = canvas.surface()?.original ?? {};
      add(selectedDot() ?? { x: width / 2, y: height / 2 });
    },
    focus: (mark) => canvas.hover(mark),
    select: (key) => (marked.selected = key),
    moveBy(x, y) {
      const dot = selectedDot();
      const { width = 0, height = 0 } = canvas.surface()?.original ?? {};
      if (!dot) return;
      const inside = (value: number, size: number): number => Math.min(size, Math.max(0, value));
      apply(move(dot, { x: inside(dot.x + x, width), y: inside(dot.y + y, height) }));
    },
    remove(whole) {
      const dot = selectedDot();
      const surface = canvas.surface();
      if (!dot || !surface) return;
      const { kind, index } = dot;
      if (kind === 'point' || whole) apply({ action: 'delete', kind, index });
      // Between two steps there is nothing to delete.
      else if (dot.step !== null)
        apply({ action: 'delete', kind, index, timeSec: timeOf(dot, marked, surface) });
    },
  };
}
