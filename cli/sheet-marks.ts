// The dots and track lines of an overlay picture as SVG. Pure.

import type { Answer, MediaInfo, Point, Track } from '../src/index.ts';
import { captionHeight, type SheetLayout, type Tile } from './sheet-layout.ts';
import { strokeText, strokeWidth } from './stroke-digits.ts';

/** The colours of the overlay in pages (a test compares them): readable under white numbers. */
export const markColors: readonly string[] = [
  '#d01667',
  '#660000',
  '#3567ff',
  '#19324c',
  '#99270f',
  '#8e5fac',
  '#421bc3',
  '#007154',
  '#7c1e84',
  '#3200ff',
];

const captionColor = '#d7dce3';

interface Spot {
  readonly x: number;
  readonly y: number;
}

function colorOf(id: number | null): string {
  const count = markColors.length;
  const index = id === null ? 0 : (((Math.round(id) - 1) % count) + count) % count;
  return markColors[index] ?? '#d01667';
}

/** The frame whose time is nearest: answers write times with one decimal. */
function frameAt(timeSec: number, timestamps: readonly number[]): number {
  let best = 0;
  timestamps.forEach((time, i) => {
    if (Math.abs(time - timeSec) < Math.abs((timestamps[best] ?? 0) - timeSec)) best = i;
  });
  return best;
}

function dot({ x, y }: Spot, id: number | null, numbered: boolean, tile: Tile): string {
  const number = numbered && id !== null ? String(id) : '';
  const radius = Math.max(0.025 * Math.min(tile.width, tile.height), number === '' ? 5 : 8);
  const ring = Math.max(1.5, radius / 4);
  const disc = (r: number, fill: string) => `<circle cx="${x}" cy="${y}" r="${r}" fill="${fill}"/>`;
  const height = Math.min(radius, (radius * radius * 1.5) / strokeWidth(number || '0', radius));
  const left = x - strokeWidth(number, height) / 2;
  return (
    disc(radius + 1.5 * ring, 'rgba(0,0,0,0.55)') +
    disc(radius + ring, '#fff') +
    disc(radius, colorOf(id)) +
    (number && strokeText(number, left, y - height / 2, height, '#fff'))
  );
}

function line(spots: readonly Spot[], color: string, width: number, opacity: number): string {
  if (spots.length < 2) return '';
  const points = spots.map(({ x, y }) => `${x},${y}`).join(' ');
  return (
    `<polyline points="${points}" fill="none" stroke="${color}" stroke-width="${width}" ` +
    `stroke-opacity="${opacity}" stroke-linecap="round" stroke-linejoin="round"/>`
  );
}

/** A track in one frame: the whole way faint, the way so far clear, a dot where the object is. */
function track(
  { id, points }: Track,
  frame: number,
  timestamps: readonly number[],
  place: (spot: Spot) => Spot,
  numbered: boolean,
  tile: Tile,
): { readonly lines: string; readonly dots: string } {
  const steps = points.map((point) => ({ ...place(point), frame: frameAt(point.timeSec, timestamps) }));
  const soFar = steps.filter((step) => step.frame <= frame);
  const here = steps.filter((step) => step.frame === frame);
  const width = Math.max(2, 0.01 * Math.min(tile.width, tile.height));
  return {
    lines:
      line(steps, '#fff', width * 1.6, 0.35) +
      line(steps, colorOf(id), width / 2, 0.5) +
      line(soFar, '#fff', width * 1.9, 0.85) +
      line(soFar, colorOf(id), width, 1),
    dots: here.map((step) => dot(step, id, numbered, tile)).join(''),
  };
}

function pointsOn(
  index: number,
  points: readonly Point[],
  { kind, timestamps }: MediaInfo,
): readonly Point[] {
  return points.filter((point) =>
    kind === 'video' ? frameAt(point.timeSec ?? 0, timestamps) === index : (point.image ?? 1) === index + 1,
  );
}

function tileMarks(index: number, tile: Tile, media: MediaInfo, { points, tracks }: Answer): string {
  const size = media.sizes[media.kind === 'video' ? 0 : index] ?? tile;
  const place = ({ x, y }: Spot) => ({
    x: (x * tile.width) / size.width,
    y: (y * tile.height) / size.height,
  });
  const numbered = points.length + tracks.length > 1;
  const moved = tracks.map((one) => track(one, index, media.timestamps, place, numbered, tile));
  const marks = [
    ...moved.map(({ lines }) => lines),
    ...moved.map(({ dots }) => dots),
    ...pointsOn(index, points, media).map((point) => dot(place(point), point.id, numbered, tile)),
  ];
  // An inner svg cuts off what would reach over the picture's border.
  return `<svg x="${tile.x}" y="${tile.y}" width="${tile.width}" height="${tile.height}">${marks.join('')}</svg>`;
}

function caption({ x, y, width, height, caption: text }: Tile): string {
  const size = captionHeight * 0.46;
  const left = x + (width - strokeWidth(text, size)) / 2;
  return text && strokeText(text, left, y + height + (captionHeight - size) / 2, size, captionColor);
}

/** Everything that is drawn over the pictures of `layout`. */
export function sheetMarks(layout: SheetLayout, media: MediaInfo, answer: Answer): string {
  const marks = layout.tiles.map((tile, i) => tileMarks(i, tile, media, answer) + caption(tile));
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${layout.width}" height="${layout.height}">${marks.join('')}</svg>`;
}
