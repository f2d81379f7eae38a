// Layers: marks that belong together, such as the answer to one of several questions, with one colour and one switch. Pure.

import type { MarkedAnswer, MarkedPoint, MarkedTrack, MarkLayer, Marks } from './marks.ts';
import { colorOf } from './palette.ts';

/** A layer with what is to be shown in it, in place of what it had; absent: that stays. */
export interface FilledLayer extends MarkLayer {
  readonly answer?: MarkedAnswer;
}

/** The layer as it looks; one that is not listed has its marks' own colours. */
export function layerOf(
  { layers = [] }: Marks,
  id: string,
  colors: readonly string[],
): Required<MarkLayer> | null {
  const at = layers.findIndex((layer) => layer.id === id);
  return at < 0 ? null : { name: id, visible: true, color: colorOf(at + 1, colors), ...layers[at], id };
}

/** The colour in which an object is drawn: its own, that of its layer, or one by its id. */
export function colorOfMark(
  { color, layer, id }: MarkedPoint | MarkedTrack,
  marks: Marks,
  colors: readonly string[],
): string {
  const ofLayer = layer === undefined ? undefined : layerOf(marks, layer, colors)?.color;
  return color ?? ofLayer ?? colorOf(id, colors);
}

export function isLayerHidden({ layers = [] }: Marks, { layer }: MarkedPoint | MarkedTrack): boolean {
  return layers.some(({ id, visible }) => id === layer && visible === false);
}

/** The marks with `layer` for their layer; without one as they are. */
export function inLayer<T extends MarkedPoint | MarkedTrack>(item: T, layer: string | undefined): T {
  return layer === undefined ? item : { ...item, layer };
}

/** These layers in place of those before. Marks of layers that are no longer there go; marks in no layer stay. */
export function withLayers(marks: Marks, filled: readonly FilledLayer[]): Marks {
  const ids = filled.map(({ id }) => id);
  const twice = ids.find((id, i) => ids.indexOf(id) !== i);
  if (twice !== undefined)
    throw new TypeError(`overlay.layers must have ids of their own, got "${twice}" twice.`);
  const kept = new Set(filled.filter(({ answer }) => !answer).map(({ id }) => id));
  const stays = ({ layer }: MarkedPoint | MarkedTrack): boolean => layer === undefined || kept.has(layer);
  const added = <K extends keyof MarkedAnswer>(kind: K) =>
    filled.flatMap(({ id, answer }) =>
      (answer?.[kind] ?? []).map((item: MarkedPoint | MarkedTrack) => inLayer(item, id)),
    ) as MarkedAnswer[K][number][];
  return {
    ...marks,
    points: [...marks.points.filter(stays), ...added('points')],
    tracks: [...marks.tracks.filter(stays), ...added('tracks')],
    layers: filled.map((one) => {
      const { answer: _, ...layer } = one;
      return layer;
    }),
  };
}
