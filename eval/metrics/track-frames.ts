// Tracks that were predicted and tracks that are right, side by side at every moment, and how similar each is to each: what all
// measures of tracking start from.

import type { Box, Reference, TrackMoment } from '../question.ts';
import { isInMask } from './masks.ts';
import { matchPoints, type Place, type Size } from './point-match.ts';

/** A predicted way, as answers hold it; those of other programs may have boxes. */
export interface PredictedTrack {
  readonly points: readonly PredictedMoment[];
}

export interface PredictedMoment extends Place {
  readonly timeSec: number;
  readonly box?: Box;
}

/** One moment: which objects are where, by numbers from 0 that stay the same through all moments. */
export interface SideBySide {
  readonly timeSec: number;
  readonly expected: readonly { readonly id: number; readonly moment: TrackMoment }[];
  readonly predicted: readonly { readonly id: number; readonly moment: PredictedMoment }[];
}

/** One moment as measures see it: ids, and `similarity` [expected][predicted], 0 to 1. */
export interface TrackingFrame {
  readonly expected: readonly number[];
  readonly predicted: readonly number[];
  readonly similarity: readonly (readonly number[])[];
}

/** The distance in thousandths of width and height at which two points are not similar any more; half of it is 0.5. */
export const noSimilarityThousandths = 100;

// Answers write times with one decimal.
const writtenSec = 0.05 + 1e-6;

/**
 * Every moment at which something was annotated or predicted, ascending. A predicted moment is that of the annotated one
 * nearest to it within the rounding of written times; others are moments of their own, where nothing was to be found, as in
 * the published evaluation, or left out with `unannotated: 'ignored'` (for references with fewer moments than the model sees).
 * Of several places of one track at one moment the first counts.
 */
export function sideBySide(
  predicted: readonly PredictedTrack[],
  reference: Extract<Reference, { readonly kind: 'tracks' }>,
  options: { readonly unannotated?: 'wrong' | 'ignored' } = {},
): SideBySide[] {
  const { tracks, timesSec = tracks.flatMap(({ moments }) => moments.map(({ timeSec }) => timeSec)) } =
    reference;
  const annotated = [...new Set(timesSec)].sort((a, b) => a - b);
  interface Row {
    timeSec: number;
    expected: Map<number, TrackMoment>;
    predicted: Map<number, PredictedMoment>;
  }
  const rows = new Map<number, Row>();
  const rowAt = (timeSec: number) => {
    const row = rows.get(timeSec) ?? { timeSec, expected: new Map(), predicted: new Map() };
    rows.set(timeSec, row);
    return row;
  };
  annotated.forEach(rowAt);
  tracks.forEach(({ moments }, id) => {
    for (const moment of moments) {
      const row = rowAt(moment.timeSec);
      if (!row.expected.has(id)) row.expected.set(id, moment);
    }
  });
  predicted.forEach(({ points }, id) => {
    for (const moment of points) {
      const near = nearest(annotated, moment.timeSec);
      const isAnnotated = near !== undefined && Math.abs(near - moment.timeSec) <= writtenSec;
      if (!isAnnotated && options.unannotated === 'ignored') continue;
      const row = rowAt(isAnnotated ? near : moment.timeSec);
      if (!row.predicted.has(id)) row.predicted.set(id, moment);
    }
  });
  const listed = <T>(map: Map<number, T>) => Array.from(map, ([id, moment]) => ({ id, moment }));
  return [...rows.values()]
    .sort((a, b) => a.timeSec - b.timeSec)
    .map((row) => ({
      timeSec: row.timeSec,
      expected: listed(row.expected),
      predicted: listed(row.predicted),
    }));
}

/** Of ascending values the one next to `value`, the lower one of two. */
export function nearest(ascending: readonly number[], value: number): number | undefined {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] ?? Infinity) < value) low = middle + 1;
    else high = middle;
  }
  const [before, after] = [ascending[low - 1], ascending[low]];
  if (before === undefined || after === undefined) return before ?? after;
  return value - before <= after - value ? before : after;
}

/** Intersection over union of two rectangles; 0 where both are empty. */
export function boxSimilarity(a: Box, b: Box): number {
  const overlap = (start: number, length: number, otherStart: number, otherLength: number) =>
    Math.max(0, Math.min(start + length, otherStart + otherLength) - Math.max(start, otherStart));
  const both = overlap(a.x, a.width, b.x, b.width) * overlap(a.y, a.height, b.y, b.height);
  const either = a.width * a.height + b.width * b.height - both;
  return either > 0 ? both / either : 0;
}

/**
 * Of two boxes their intersection over union; of a point and a mask or box 1 inside, else 0 (as published for masks); of two
 * points 1 - d / `noSimilarityThousandths`, not below 0, where d is their distance in thousandths of the video's extent.
 */
export function similarity(predicted: PredictedMoment, expected: TrackMoment, size: Size): number {
  if (predicted.box && expected.box) return boxSimilarity(predicted.box, expected.box);
  if (expected.mask) return isInMask(expected.mask, predicted.x, predicted.y) ? 1 : 0;
  if (expected.box) {
    const { x, y, width, height } = expected.box;
    const isInside =
      predicted.x >= x && predicted.x <= x + width && predicted.y >= y && predicted.y <= y + height;
    return isInside ? 1 : 0;
  }
  const d =
    Math.hypot((predicted.x - expected.x) / size.width, (predicted.y - expected.y) / size.height) * 1000;
  return Math.max(0, 1 - d / noSimilarityThousandths);
}

/** What `hota` and `clearMot` take, for a video of `size`. */
export function trackingFrames(moments: readonly SideBySide[], size: Size): TrackingFrame[] {
  return moments.map(({ expected, predicted }) => ({
    expected: expected.map(({ id }) => id),
    predicted: predicted.map(({ id }) => id),
    similarity: expected.map((there) => predicted.map((here) => similarity(here.moment, there.moment, size))),
  }));
}

/**
 * Precision, recall and F1 as of points in each moment, then their means over the moments of one video; identities do not
 * matter. 1 where there is no moment at all.
 */
export function trackPointScores(
  moments: readonly SideBySide[],
  size: Size,
): { readonly precision: number; readonly recall: number; readonly f1: number } {
  const scores = moments.map(({ expected, predicted }) =>
    matchPoints(
      predicted.map(({ moment }) => moment),
      expected.map(({ moment }) => moment),
      size,
    ),
  );
  const mean = (key: 'precision' | 'recall' | 'f1') =>
    scores.length === 0 ? 1 : scores.reduce((sum, score) => sum + score[key], 0) / scores.length;
  return { precision: mean('precision'), recall: mean('recall'), f1: mean('f1') };
}
