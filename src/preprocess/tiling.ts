// Chooses how many crops a picture is cut into. Pure: a size in, rows and columns out.

import type { ImageProcessorConfig } from '../config.ts';

/** Crops besides the global one, as [rows, columns]. */
export type Tiling = readonly [rows: number, columns: number];

const mostCrops = 24; // the largest number the released models were trained and evaluated with

/** The number of crops allowed: `maxCrops` where the user gives one, else the checkpoint's. */
export function allowedCrops(config: ImageProcessorConfig, maxCrops?: number): number {
  if (maxCrops === undefined) return config.maxCrops;
  if (!Number.isInteger(maxCrops) || maxCrops < 1 || maxCrops > mostCrops)
    throw new RangeError(`maxCrops must be an integer from 1 to ${mostCrops}, got ${String(maxCrops)}.`);
  return maxCrops;
}

/** Every [rows, columns] with at most `maxCrops` crops: fewer crops first, then fewer rows. */
export function tilingCandidates(maxCrops: number): Tiling[] {
  const candidates: Tiling[] = [];
  for (let rows = 1; rows <= maxCrops; rows++)
    for (let columns = 1; rows * columns <= maxCrops; columns++) candidates.push([rows, columns]);
  return candidates.sort(([ai, aj], [bi, bj]) => ai * aj - bi * bj || ai - bi);
}

/**
 * The candidate that enlarges the picture least, or, where all of them shrink it, the one that shrinks it least.
 * `margin` is the sum of the overlap margins and `window` the stride of the crops, both in pixels. Scales are f32 as in
 * the reference, which decides ties. A side at or below the margin gives an infinite or negative scale; the Hugging Face
 * processor lets it through the same comparisons, and so does this.
 */
export function chooseTiling(
  width: number,
  height: number,
  margin: number,
  window: number,
  maxCrops: number,
): Tiling {
  let largest: Tiling = [1, 1];
  let largestScale = -Infinity;
  let enlarging: Tiling | undefined;
  let enlargingScale = Infinity;
  for (const candidate of tilingCandidates(maxCrops)) {
    const [rows, columns] = candidate;
    const scale = Math.min(
      Math.fround((window * rows) / (height - margin)),
      Math.fround((window * columns) / (width - margin)),
    );
    if (scale > largestScale) [largest, largestScale] = [candidate, scale];
    if (scale >= 1 && (enlarging === undefined || scale < enlargingScale))
      [enlarging, enlargingScale] = [candidate, scale];
  }
  return enlarging ?? largest;
}
