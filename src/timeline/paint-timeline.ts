// Draws a time line with canvas calls: ruler, pictures and counts on one canvas, lanes on another.

import { countUntil } from '../overlay/marks/moments.ts';
import type { Picture } from './frame-grabber.ts';
import type { CountLine, Lane } from './lanes.ts';
import { clockTime, shareOf, ticks, type View } from './view.ts';

type Context = CanvasRenderingContext2D;

/** Heights of the rows of the upper canvas, in CSS pixels. */
export const rulerPx = 18;
export const picturesPx = 44;
export const countsPx = 22;
export const upperPx = rulerPx + picturesPx + countsPx;

export interface Frame {
  readonly view: View;
  readonly widthPx: number;
  /** Of text and lines. */
  readonly ink: string;
  readonly font: string;
  readonly samples: readonly number[];
  /** One, or one for each layer. */
  readonly counts: readonly CountLine[];
  /** Width of a picture in CSS pixels. */
  readonly pictureWidthPx: number;
}

export interface Painting extends Frame {
  /** The picture for the slot around a moment. */
  pictureAt(timeSec: number): Picture | null;
}

/** Moments in the middle of each place for a picture: a sampled one where one is near. */
export function pictureTimes({ view, widthPx, pictureWidthPx, samples }: Frame): readonly number[] {
  const slots = Math.max(1, Math.ceil(widthPx / pictureWidthPx));
  const slotSec = (view.untilSec - view.fromSec) * (pictureWidthPx / widthPx);
  return Array.from({ length: slots }, (_, i) => {
    const middle = Math.min(view.fromSec + (i + 0.5) * slotSec, view.untilSec);
    const after = countUntil(samples, middle);
    const near = samples.slice(Math.max(0, after - 1), after + 1);
    const best = near.toSorted((a, b) => Math.abs(a - middle) - Math.abs(b - middle))[0];
    return best !== undefined && Math.abs(best - middle) <= slotSec ? best : middle;
  });
}

function paintRuler(ctx: Context, { view, widthPx, ink, font }: Frame): void {
  const times = ticks(view, widthPx / 64);
  const isFine = (times[1] ?? 1) - (times[0] ?? 0) < 0.95;
  ctx.font = `11px ${font}`;
  ctx.textBaseline = 'top';
  ctx.fillStyle = ink;
  for (const timeSec of times) {
    const x = shareOf(timeSec, view) * widthPx;
    ctx.globalAlpha = 0.4;
    ctx.fillRect(Math.round(x), rulerPx - 5, 1, 5);
    ctx.globalAlpha = 0.75;
    const text = clockTime(timeSec, isFine ? 1 : 0);
    const half = ctx.measureText(text).width / 2;
    ctx.fillText(text, Math.min(Math.max(x - half, 0), widthPx - 2 * half), 1);
  }
  ctx.globalAlpha = 1;
}

function paintPictures(ctx: Context, painting: Painting): void {
  const { widthPx, pictureWidthPx, ink } = painting;
  ctx.fillStyle = ink;
  ctx.globalAlpha = 0.08;
  ctx.fillRect(0, rulerPx, widthPx, picturesPx);
  ctx.globalAlpha = 1;
  for (const [i, timeSec] of pictureTimes(painting).entries()) {
    const picture = painting.pictureAt(timeSec);
    if (picture) ctx.drawImage(picture.canvas, i * pictureWidthPx, rulerPx, pictureWidthPx - 1, picturesPx);
  }
}

function paintSamples(ctx: Context, { view, widthPx, ink, samples }: Frame): void {
  ctx.fillStyle = ink;
  const gapPx = samples.length > 1 ? widthPx / samples.length : widthPx;
  ctx.globalAlpha = gapPx < 3 ? 0.15 : 0.45;
  for (const timeSec of samples) {
    const x = shareOf(timeSec, view) * widthPx;
    if (x >= 0 && x <= widthPx)
      ctx.fillRect(Math.min(Math.round(x), widthPx - 1), rulerPx + picturesPx, 1, 5);
  }
  ctx.globalAlpha = 1;
}

/** Steps as high as there are objects: filled, with their numbers; of several layers each has an edge in its colour. */
function paintCounts(ctx: Context, { counts: lines, view, widthPx, ink, font }: Frame): void {
  const bottom = rulerPx + picturesPx + countsPx;
  const most = Math.max(0, ...lines.flatMap(({ counts }) => counts.map(({ count }) => count)));
  const room = countsPx - 7;
  for (const { color, counts } of lines) {
    ctx.fillStyle = color ?? ink;
    for (const [i, { timeSec, count }] of counts.entries()) {
      const x = Math.max(0, shareOf(timeSec, view) * widthPx);
      const end = Math.min(widthPx, shareOf(counts[i + 1]?.timeSec ?? timeSec, view) * widthPx);
      if (end <= x || count === 0) continue;
      const height = (room * count) / most;
      ctx.globalAlpha = 0.28;
      ctx.fillRect(x, bottom - height, end - x, height);
      ctx.globalAlpha = 0.9;
      if (lines.length > 1) ctx.fillRect(x, bottom - height, end - x, 2);
      ctx.font = `10px ${font}`;
      ctx.textBaseline = 'bottom';
      if (lines.length === 1 && end - x > 14) ctx.fillText(String(count), x + 3, bottom);
    }
  }
  ctx.globalAlpha = 1;
}

export function paintUpper(ctx: Context, painting: Painting): void {
  paintRuler(ctx, painting);
  paintPictures(ctx, painting);
  paintSamples(ctx, painting);
  paintCounts(ctx, painting);
}

/** One row for each lane: a line from first to last mark of a track, and the marks; those that would run together are joined. */
export function paintLanes(
  ctx: Context,
  lanes: readonly Lane[],
  rowPx: number,
  selected: string | null,
  { view, widthPx, ink }: Frame,
): void {
  for (const [row, lane] of lanes.entries()) {
    const middle = (row + 0.5) * rowPx;
    const faint = lane.isVisible ? 1 : 0.3;
    const first = lane.marks[0];
    const last = lane.marks.at(-1);
    if (!first || !last) continue;
    ctx.fillStyle = ink;
    ctx.globalAlpha = selected !== null && lane.keys.includes(selected) ? 0.14 : row % 2 ? 0.03 : 0.06;
    ctx.fillRect(0, row * rowPx, widthPx, rowPx);
    ctx.fillStyle = lane.color;
    ctx.globalAlpha = 0.45 * faint;
    const from = shareOf(first.timeSec, view) * widthPx;
    const until = shareOf(last.timeSec, view) * widthPx;
    if (lane.isTrack) ctx.fillRect(from, middle - 2, until - from, 4);
    ctx.globalAlpha = faint;
    let edge = -Infinity;
    const isDense = lane.marks.length > 12 && until - from < 9 * lane.marks.length;
    for (const mark of lane.marks) {
      const x = shareOf(mark.timeSec, view) * widthPx;
      if (x < -8 || x > widthPx + 8 || x < edge + 2) continue;
      edge = x;
      if (isDense) {
        ctx.fillStyle = mark.color;
        ctx.fillRect(x - 0.75, middle - 5, 1.5, 10);
        continue;
      }
      ctx.fillStyle = '#fff';
      ctx.beginPath();
      ctx.arc(x, middle, 6.5, 0, 2 * Math.PI);
      ctx.fill();
      ctx.fillStyle = mark.color;
      ctx.beginPath();
      ctx.arc(x, middle, 5, 0, 2 * Math.PI);
      ctx.fill();
    }
    ctx.globalAlpha = 1;
  }
}
