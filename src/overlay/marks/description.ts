// The words for people who do not see the dots.

import { layerOf } from './layers.ts';
import type { MarkedPoint, MarkedTrack, Marks } from './marks.ts';
import { layeredName } from './objects.ts';

/** Longer lists are cut here and the rest is counted. */
const maxItems = 40;

/** `name` of an object, and where it is. */
function pointText(point: MarkedPoint, name: string): string {
  const when = point.timeSec === undefined ? '' : ` at ${point.timeSec.toFixed(1)} seconds`;
  return `${name}${when}: ${Math.round(point.x)} across, ${Math.round(point.y)} down`;
}

function trackText(track: MarkedTrack, name: string): string {
  const first = track.points[0];
  const last = track.points.at(-1);
  if (!first || !last) return name;
  return (
    `${name} from ${first.timeSec.toFixed(1)} to ${last.timeSec.toFixed(1)} seconds: ` +
    `${Math.round(first.x)} across, ${Math.round(first.y)} down, then ` +
    `${Math.round(last.x)} across, ${Math.round(last.y)} down`
  );
}

/** Lists the points of picture `image` and the tracks, in pixels of the original; empty where nothing is marked. */
export function description(marks: Marks, image: number): string {
  const points = marks.points.filter((p) => p.image === undefined || p.image === image);
  const name = ({ id, label, layer }: MarkedPoint | MarkedTrack): string =>
    layeredName({ id, label, layer: layer === undefined ? null : layerOf(marks, layer, []) });
  const items = [
    ...points.map((point) => pointText(point, name(point))),
    ...marks.tracks.map((track) => trackText(track, name(track))),
  ];
  if (items.length === 0) return '';
  const more = items.length > maxItems ? `; and ${items.length - maxItems} more` : '';
  const marked = items.length === 1 ? '1 place is marked' : `${items.length} places are marked`;
  return `${marked}, in pixels. ${items.slice(0, maxItems).join('; ')}${more}.`;
}
