// The objects that marks belong to: every track, and every point. Pure.

import type { Point } from '../../api.ts';
import type { MarkedPoint, MarkedTrack, MarkLayer, Marks } from './marks.ts';
import { colorOfMark, layerOf } from './layers.ts';

/** A mark of an answer: the point or track with this index. */
export interface MarkRef {
  readonly kind: 'point' | 'track';
  readonly index: number;
  /** Name of its object, the same for as long as id and label are. */
  readonly key: string;
}

/** Something that was pointed at or followed. */
export interface MarkedObject extends MarkRef {
  readonly id: number | null;
  readonly label: string;
  readonly color: string;
  readonly visible: boolean;
  /** null: in none. */
  readonly layer: Required<MarkLayer> | null;
  /** Where it was seen, ascending in time; pixels of the original. */
  readonly points: readonly {
    readonly x: number;
    readonly y: number;
    readonly timeSec?: number;
    readonly image?: number;
  }[];
}

type Kind = MarkRef['kind'];

/** What tells one object from another: its kind, id and label, or its place in the list where it has no id; and its layer. */
export function objectKey(
  kind: Kind,
  index: number,
  { id, label, layer }: Pick<MarkedPoint, 'id' | 'label' | 'layer'>,
): string {
  const key = `${kind} ${id ?? `#${index}`} ${label}`;
  return layer === undefined ? key : `${key} in ${layer}`;
}

/** How an object is called where it has no label. */
export function objectName({ id, label }: Pick<Point, 'id' | 'label'>): string {
  return [label || 'object', id ?? ''].join(' ').trim();
}

/** The same where objects of several layers stand together. */
export function layeredName({ id, label, layer }: Pick<MarkedObject, 'id' | 'label' | 'layer'>): string {
  return objectName({ id, label }) + (layer ? `, ${layer.name}` : '');
}

/** Points first, then tracks, as the answer has them. */
export function objectsOf(
  marks: Marks,
  hidden: ReadonlySet<string>,
  colors: readonly string[],
): readonly MarkedObject[] {
  const object = (kind: Kind, index: number, item: MarkedPoint | MarkedTrack): MarkedObject => {
    const key = objectKey(kind, index, item);
    const { id, label } = item;
    const points = 'points' in item ? item.points : [item];
    const layer = item.layer === undefined ? null : layerOf(marks, item.layer, colors);
    const color = colorOfMark(item, marks, colors);
    const visible = !hidden.has(key) && layer?.visible !== false;
    return { kind, index, key, id, label, color, visible, layer, points };
  };
  return [
    ...marks.points.map((point, i) => object('point', i, point)),
    ...marks.tracks.map((track, i) => object('track', i, track)),
  ];
}
