// Precision, recall and F1 of points in a video, each of which has a time. The published evaluation (Molmo2-VP) puts time, x and
// y on scales of 0 to 100 with one decimal, pairs by the distance there, and counts a pair as a hit where the object has a mask
// at exactly the predicted time and the point lies in it. Without masks a hit is near enough in time and place.

import type { Mask, VideoPoint } from '../question.ts';
import { assign } from './assignment.ts';
import { isInMask, roundHalfEven } from './masks.ts';
import {
  isHit,
  pointScores,
  toleranceThousandths,
  type HitPair,
  type Place,
  type PointScores,
  type Size,
} from './point-match.ts';

/** A place in pixels at a time. */
export interface TimedPlace extends Place {
  readonly timeSec: number;
}

export interface VideoMedia extends Size {
  readonly durationSec: number;
}

/** How near is near enough where a reference has no masks. */
export interface VideoTolerance {
  /** Seconds before and after; default 0.5, one step of the frames that are sampled at most. */
  readonly windowSec?: number;
  /** In either direction; default `toleranceThousandths`. */
  readonly thousandths?: number;
}

/** One decimal, ties to even. */
function percent(value: number, whole: number): number {
  return roundHalfEven((value / whole) * 1000) / 10;
}

function masksOf({ timeSec, mask, masks = [] }: VideoPoint): readonly { timeSec: number; mask: Mask }[] {
  return mask ? [{ timeSec, mask }, ...masks] : masks;
}

function isVideoHit(
  place: TimedPlace,
  reference: VideoPoint,
  video: VideoMedia,
  tolerance: VideoTolerance,
): boolean {
  const masks = masksOf(reference);
  if (masks.length > 0)
    return masks.some(({ timeSec, mask }) => timeSec === place.timeSec && isInMask(mask, place.x, place.y));
  const { windowSec = 0.5, thousandths = toleranceThousandths } = tolerance;
  return (
    Math.abs(place.timeSec - reference.timeSec) <= windowSec + 1e-9 &&
    isHit(place, reference, video, thousandths)
  );
}

/**
 * The pairs of the best matching that are hits.
 * @throws RangeError where the video has no extent or duration, so that nothing can be put on a scale.
 */
export function videoHitPairs(
  predicted: readonly TimedPlace[],
  expected: readonly VideoPoint[],
  video: VideoMedia,
  tolerance: VideoTolerance = {},
): HitPair[] {
  const { width, height, durationSec } = video;
  if (!(width > 0 && height > 0 && durationSec > 0))
    throw new RangeError(
      `A video of ${width} x ${height} pixels and ${durationSec} seconds cannot be scored; all must be above 0.`,
    );
  const scaled = ({ timeSec, x, y }: TimedPlace) => [
    percent(timeSec, durationSec),
    percent(x, width),
    percent(y, height),
  ];
  const references = expected.map(scaled);
  const costs = predicted.map((place) => {
    const here = scaled(place);
    return references.map((there) => Math.hypot(...here.map((value, i) => value - (there[i] ?? 0))));
  });
  return assign(costs)
    .filter(({ row, column }) => {
      const [place, reference] = [predicted[row], expected[column]];
      return place !== undefined && reference !== undefined && isVideoHit(place, reference, video, tolerance);
    })
    .map(({ row, column }) => ({ predicted: row, expected: column }));
}

/** Scores of one question about `video`; see `pointScores` for empty ones. Throws as `videoHitPairs`. */
export function matchVideoPoints(
  predicted: readonly TimedPlace[],
  expected: readonly VideoPoint[],
  video: VideoMedia,
  tolerance: VideoTolerance = {},
): PointScores {
  const hits = videoHitPairs(predicted, expected, video, tolerance);
  return pointScores(hits.length, predicted.length, expected.length);
}
