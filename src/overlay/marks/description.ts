// The words for people who do not see the dots.

import type { Point, Track } from '../../api.ts';
import type { Marks } from './answer-marks.ts';

/** Longer lists are cut here and the rest is counted. */
const maxItems = 40;

function name(label: string, id: number | null): string {
  return [label || 'object', id === null ? '' : String(id)].join(' ').trim();
}

function pointText(point: Point): string {
  const when = point.timeSec === undefined ? '' : ` at ${point.timeSec.toFixed(1)} seconds`;
  return `${name(point.label, point.id)}${when}: ${Math.round(point.x)} across, ${Math.round(point.y)} down`;
}

function trackText(track: Track): string {
  const first = track.points[0];
  const last = track.points.at(-1);
  if (!first || !last) return name(track.label, track.id);
  return (
    `${name(track.label, track.id)} from ${first.timeSec.toFixed(1)} to ${last.timeSec.toFixed(1)} seconds: ` +
    `${Math.round(first.x)} across, ${Math.round(first.y)} down, then ` +
    `${Math.round(last.x)} across, ${Math.round(last.y)} down`
  );
}

/** Lists the points of picture `image` and the tracks, in pixels of the original; empty where nothing is marked. */
export function description(marks: Marks, image: number): string {
  const points = marks.points.filter((p) => p.image === undefined || p.image === image);
  const items = [...points.map(pointText), ...marks.tracks.map(trackText)];
  if (items.length === 0) return '';
  const more = items.length > maxItems ? `; and ${items.length - maxItems} more` : '';
  const marked = items.length === 1 ? '1 place is marked' : `${items.length} places are marked`;
  return `${marked}, in pixels. ${items.slice(0, maxItems).join('; ')}${more}.`;
}
