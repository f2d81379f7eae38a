// What is shown of the marks: all but hidden objects and hidden layers. Pure.

import type { MarkedPoint, MarkedTrack, Marks } from './marks.ts';
import { objectKey } from './objects.ts';

export interface Visibility {
  readonly marks: Marks;
  /** Keys of objects. */
  readonly hidden: ReadonlySet<string>;
}

/**
 * Shows or hides objects. One that is shown although its layer is hidden brings the layer back, without the other objects in it:
 * nothing that nobody asked for comes along.
 */
export function withVisible(
  { marks, hidden }: Visibility,
  keys: Iterable<string>,
  visible: boolean,
): Visibility {
  const next = new Set(hidden);
  const named = new Set(keys);
  for (const key of named)
    if (visible) next.delete(key);
    else next.add(key);
  const layers = marks.layers ?? [];
  const off = new Set(layers.filter((layer) => layer.visible === false).map(({ id }) => id));
  if (!visible || off.size === 0) return { marks, hidden: next };
  const objects = [
    ...marks.points.map((point, i) => ({ item: point, key: objectKey('point', i, point) })),
    ...marks.tracks.map((track, i) => ({ item: track, key: objectKey('track', i, track) })),
  ];
  const isIn = (item: MarkedPoint | MarkedTrack, some: ReadonlySet<string>): boolean =>
    item.layer !== undefined && some.has(item.layer);
  const back = new Set(
    objects.flatMap(({ item, key }) => (named.has(key) && isIn(item, off) ? (item.layer ?? []) : [])),
  );
  for (const { item, key } of objects) if (isIn(item, back) && !named.has(key)) next.add(key);
  const shown = layers.map((layer) => (back.has(layer.id) ? { ...layer, visible: true } : layer));
  return { marks: { ...marks, layers: shown }, hidden: next };
}
