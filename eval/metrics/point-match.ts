// Precision, recall and F1 of points, as the published evaluation of Molmo2 counts them (olmo/eval): predictions and references
// are paired so that the sum of their distances is smallest, and a pair is a hit where the prediction lies in the mask of its
// reference. Where there is no mask, a hit is near enough, a rule of our own.

import type { Mask, PicturePoint, ReferencePoint } from '../question.ts';
import { assign } from './assignment.ts';
import { isInMask } from './masks.ts';

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A place in pixels. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

/** Counts of one question and what follows from them, 0 to 1. */
export interface PointScores {
  readonly hits: number;
  readonly predicted: number;
  readonly expected: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/** How far a point without a mask may be off in either direction, in thousandths of the picture, which answers are written in. */
export const toleranceThousandths = 50;

/**
 * P = hits / predicted, R = hits / expected, F1 = 2PR / (P + R) and 0 without hits. Where nothing is expected all are 1 if
 * nothing was predicted, else 0. (The published F1 adds 1e-10 to its denominator, which moves it by less than 1e-10.)
 */
export function pointScores(hits: number, predicted: number, expected: number): PointScores {
  const counts = { hits, predicted, expected };
  if (expected === 0) {
    const all = predicted === 0 ? 1 : 0;
    return { ...counts, precision: all, recall: all, f1: all };
  }
  const precision = predicted === 0 ? 0 : hits / predicted;
  const recall = hits / expected;
  return {
    ...counts,
    precision,
    recall,
    f1: hits === 0 ? 0 : (2 * precision * recall) / (precision + recall),
  };
}

/** Whether `place` is where `reference` is: in its mask, or within the tolerance in x and in y. */
export function isHit(
  place: Place,
  reference: ReferencePoint,
  size: Size,
  tolerance = toleranceThousandths,
): boolean {
  if (reference.mask) return isInMask(reference.mask, place.x, place.y);
  // Compared in thousandths with a little room for the rounding of the division.
  const limit = tolerance + 1e-9;
  return (
    (Math.abs(place.x - reference.x) / size.width) * 1000 <= limit &&
    (Math.abs(place.y - reference.y) / size.height) * 1000 <= limit
  );
}

function distance(a: Place, b: Place): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

/** A prediction and the reference that it hits, by their numbers. */
export interface HitPair {
  readonly predicted: number;
  readonly expected: number;
}

/**
 * The pairs of the best matching by Euclidean distance in pixels that are hits.
 * @throws RangeError for a picture without extent, in which nothing could be near enough.
 */
export function hitPairs(
  predicted: readonly Place[],
  expected: readonly ReferencePoint[],
  size: Size,
  tolerance = toleranceThousandths,
): HitPair[] {
  if (!(size.width > 0 && size.height > 0))
    throw new RangeError(`Points in a picture of ${size.width} x ${size.height} pixels cannot be scored.`);
  const costs = predicted.map((place) => expected.map((reference) => distance(place, reference)));
  return assign(costs)
    .filter(({ row, column }) => {
      const [place, reference] = [predicted[row], expected[column]];
      return place !== undefined && reference !== undefined && isHit(place, reference, size, tolerance);
    })
    .map(({ row, column }) => ({ predicted: row, expected: column }));
}

/** How many pairs of the best matching are hits; throws as `hitPairs`. */
export function countHits(
  predicted: readonly Place[],
  expected: readonly ReferencePoint[],
  size: Size,
  tolerance = toleranceThousandths,
): number {
  return hitPairs(predicted, expected, size, tolerance).length;
}

/** Scores of the points in one picture of `size`, which is used for references without a mask. */
export function matchPoints(
  predicted: readonly Place[],
  expected: readonly ReferencePoint[],
  size: Size,
  tolerance = toleranceThousandths,
): PointScores {
  return pointScores(countHits(predicted, expected, size, tolerance), predicted.length, expected.length);
}

/**
 * Scores of a question about the pictures of `sizes`: points are paired picture by picture, and the counts of all are added.
 * Points are of the first picture where they name none; those of pictures that do not exist are wrong.
 */
export function matchPicturePoints(
  predicted: readonly (Place & { readonly image?: number })[],
  expected: readonly PicturePoint[],
  sizes: readonly Size[],
  tolerance = toleranceThousandths,
): PointScores {
  const hits = sizes.reduce((sum, size, i) => {
    const here = predicted.filter(({ image = 1 }) => image === i + 1);
    return (
      sum +
      countHits(
        here,
        expected.filter(({ image }) => image === i + 1),
        size,
        tolerance,
      )
    );
  }, 0);
  return pointScores(hits, predicted.length, expected.length);
}

/** Point-Bench's success: at least one point, and all of them in the mask, with fractions of pixels cut off. */
export function areAllInside(predicted: readonly Place[], mask: Mask): boolean {
  return predicted.length > 0 && predicted.every(({ x, y }) => isInMask(mask, x, y, 'trunc'));
}

/** Precision, recall and F1, each the mean over questions; null where there are none. */
export function meanPointScores(
  scores: readonly PointScores[],
): Pick<PointScores, 'precision' | 'recall' | 'f1'> | null {
  if (scores.length === 0) return null;
  const mean = (key: 'precision' | 'recall' | 'f1') =>
    scores.reduce((sum, score) => sum + score[key], 0) / scores.length;
  return { precision: mean('precision'), recall: mean('recall'), f1: mean('f1') };
}
