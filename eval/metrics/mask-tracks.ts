// How well masks agree, as DAVIS measures it (Perazzi et al. 2016): J compares regions, F their contours.

import type { Mask } from '../question.ts';
import { maskPixels } from './masks.ts';

export interface MaskScores {
  /** Intersection over union. */
  readonly j: number;
  /** F1 of contour pixels that lie near the other contour. */
  readonly f: number;
  /** (j + f) / 2. */
  readonly jf: number;
}

// The share of the picture's diagonal, rounded up to whole pixels, that contours may be apart.
const contourTolerance = 0.008;

function requireSameSize(a: Mask, b: Mask): void {
  if (a.width !== b.width || a.height !== b.height)
    throw new RangeError(
      `Masks of ${a.width} x ${a.height} and ${b.width} x ${b.height} cannot be compared; scale one of them first.`,
    );
}

/** Intersection over union of two masks of the same size; 1 where both are empty. @throws RangeError for different sizes. */
export function regionSimilarity(predicted: Mask, expected: Mask): number {
  requireSameSize(predicted, expected);
  const [a, b] = [maskPixels(predicted), maskPixels(expected)];
  let [both, either] = [0, 0];
  a.forEach((inA, i) => {
    const inB = b[i] ?? 0;
    both += inA & inB;
    either += inA | inB;
  });
  return either === 0 ? 1 : both / either;
}

/** Contour pixels, row by row: those that differ from the next one to the right, below, or both; as the DAVIS toolkit has it. */
function contour(mask: Mask): Uint8Array {
  const { width, height } = mask;
  const pixels = maskPixels(mask);
  const at = (x: number, y: number) => pixels[Math.min(y, height - 1) * width + Math.min(x, width - 1)];
  return pixels.map((inside, i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    const differs =
      inside !== at(x + 1, y) ||
      inside !== at(x, y + 1) ||
      (x < width - 1 && y < height - 1 && inside !== at(x + 1, y + 1));
    return differs ? 1 : 0;
  });
}

/** The offsets of a disk of `radius` pixels, nearest first, so that most searches are short. */
function disk(radius: number): { dx: number; dy: number }[] {
  const side = Array.from({ length: 2 * radius + 1 }, (_, i) => i - radius);
  return side
    .flatMap((dy) => side.map((dx) => ({ dx, dy })))
    .filter(({ dx, dy }) => dx * dx + dy * dy <= radius * radius)
    .sort((a, b) => a.dx * a.dx + a.dy * a.dy - b.dx * b.dx - b.dy * b.dy);
}

/** The share of the pixels of `from` that have one of `to` within the disk, and how many there are. */
function nearShare(
  from: Uint8Array,
  to: Uint8Array,
  { width, height }: Mask,
  offsets: ReturnType<typeof disk>,
) {
  let [near, all] = [0, 0];
  from.forEach((isContour, i) => {
    if (!isContour) return;
    all++;
    const [x, y] = [i % width, Math.floor(i / width)];
    const isNear = offsets.some(({ dx, dy }) => {
      const [u, v] = [x + dx, y + dy];
      return u >= 0 && u < width && v >= 0 && v < height && to[v * width + u] === 1;
    });
    if (isNear) near++;
  });
  return { share: all === 0 ? 1 : near / all, all };
}

/**
 * F1 of contours: precision is the share of predicted contour pixels within ceil(0.008 * diagonal) pixels of the expected
 * contour, recall the other way round. 1 where neither has a contour (nothing inside, or all), 0 where only one has.
 * @throws RangeError for different sizes.
 */
export function contourAccuracy(predicted: Mask, expected: Mask): number {
  requireSameSize(predicted, expected);
  const [a, b] = [contour(predicted), contour(expected)];
  const offsets = disk(Math.ceil(contourTolerance * Math.hypot(expected.width, expected.height)));
  const precision = nearShare(a, b, expected, offsets);
  const recall = nearShare(b, a, expected, offsets);
  if (precision.all === 0 || recall.all === 0) return precision.all === recall.all ? 1 : 0;
  const sum = precision.share + recall.share;
  return sum === 0 ? 0 : (2 * precision.share * recall.share) / sum;
}

/** Means over the frames of one object; a mask that is missing is an empty one. null where there are no frames with a mask. */
export function maskTrackScores(
  frames: readonly { readonly predicted: Mask | null; readonly expected: Mask | null }[],
): MaskScores | null {
  const scores = frames.flatMap(({ predicted, expected }) => {
    const some = predicted ?? expected;
    if (!some) return [];
    const none = { width: some.width, height: some.height, counts: [some.width * some.height] };
    const [a, b] = [predicted ?? none, expected ?? none];
    return [{ j: regionSimilarity(a, b), f: contourAccuracy(a, b) }];
  });
  if (scores.length === 0) return null;
  const j = scores.reduce((sum, score) => sum + score.j, 0) / scores.length;
  const f = scores.reduce((sum, score) => sum + score.f, 0) / scores.length;
  return { j, f, jf: (j + f) / 2 };
}
