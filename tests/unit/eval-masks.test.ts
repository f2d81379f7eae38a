import { expect, test } from 'vitest';
import { contourAccuracy, maskTrackScores, regionSimilarity } from '../../eval/metrics/mask-tracks.ts';
import { maskOfPixels, maskPixels } from '../../eval/metrics/masks.ts';
import { randomIndices } from '../../eval/metrics/random.ts';
import type { Mask } from '../../eval/question.ts';

/** A mask of `width` x `height` with a rectangle inside. */
function rectangle(width: number, height: number, [x, y, w, h]: [number, number, number, number]): Mask {
  const pixels = new Uint8Array(width * height);
  for (let row = y; row < y + h; row++) pixels.fill(1, row * width + x, row * width + x + w);
  return maskOfPixels(pixels, width, height);
}

const empty = maskOfPixels(new Uint8Array(100), 10, 10);
const full = maskOfPixels(new Uint8Array(100).fill(1), 10, 10);

test('J is intersection over union: 3 x 2 of 4 x 2 and 3 x 3 is 6 of 11', () => {
  expect(regionSimilarity(rectangle(10, 10, [0, 0, 4, 2]), rectangle(10, 10, [0, 0, 3, 3]))).toBeCloseTo(
    6 / 11,
    12,
  );
  expect(regionSimilarity(full, full)).toBe(1);
  expect(regionSimilarity(empty, empty)).toBe(1);
  expect(regionSimilarity(empty, full)).toBe(0);
});

test('F of two upright edges: equal within one pixel of each other in 10 x 10, not beyond', () => {
  // The contour of a mask that fills the left columns is the last of them, 10 pixels. ceil(0.008 * 14.1) = 1 pixel.
  const left = (columns: number) => rectangle(10, 10, [0, 0, columns, 10]);
  expect(contourAccuracy(left(4), left(4))).toBe(1);
  expect(contourAccuracy(left(5), left(4))).toBe(1);
  expect(contourAccuracy(left(6), left(4))).toBe(0);
});

test('F is the harmonic mean: a contour of 10 against one of 10 + 10', () => {
  // Columns 0 to 3 against columns 0 to 3 and 7 to 9: the second has one more edge, at column 6.
  const one = rectangle(10, 10, [0, 0, 4, 10]);
  const two = maskOfPixels(
    Array.from({ length: 100 }, (_, i) => (i % 10 < 4 || i % 10 > 6 ? 1 : 0)),
    10,
    10,
  );
  expect(contourAccuracy(one, two)).toBeCloseTo(2 / 3, 12); // precision 1, recall 1/2
  expect(contourAccuracy(two, one)).toBeCloseTo(2 / 3, 12);
});

test('masks without a contour are as DAVIS has them', () => {
  expect(contourAccuracy(empty, empty)).toBe(1);
  expect(contourAccuracy(full, empty)).toBe(1); // neither has an edge
  expect(contourAccuracy(rectangle(10, 10, [2, 2, 3, 3]), empty)).toBe(0);
  expect(contourAccuracy(empty, rectangle(10, 10, [2, 2, 3, 3]))).toBe(0);
});

/** F by its definition: every pair of contour pixels is compared, and contours are found by looking at all three neighbours. */
function plainContourAccuracy(a: Mask, b: Mask): number {
  const edge = (mask: Mask) => {
    const pixels = maskPixels(mask);
    const { width, height } = mask;
    const found: [number, number][] = [];
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const [right, below] = [x + 1 < width, y + 1 < height];
        const here = pixels[y * width + x];
        if (
          (right && pixels[y * width + x + 1] !== here) ||
          (below && pixels[(y + 1) * width + x] !== here) ||
          (right && below && pixels[(y + 1) * width + x + 1] !== here)
        )
          found.push([x, y]);
      }
    return found;
  };
  const radius = Math.ceil(0.008 * Math.sqrt(a.width ** 2 + a.height ** 2));
  const [first, second] = [edge(a), edge(b)];
  if (first.length === 0 || second.length === 0) return first.length === second.length ? 1 : 0;
  const share = (from: [number, number][], to: [number, number][]) =>
    from.filter(([x, y]) => to.some(([u, v]) => (x - u) ** 2 + (y - v) ** 2 <= radius ** 2)).length /
    from.length;
  const [p, r] = [share(first, second), share(second, first)];
  return p + r === 0 ? 0 : (2 * p * r) / (p + r);
}

test('F agrees with its definition on speckled masks, also where the disk has several pixels', () => {
  const draw = randomIndices(5);
  for (const [width, height] of [
    [1, 1],
    [7, 5],
    [5, 9],
    [200, 3], // 2 pixels
    [3, 300], // 3 pixels
  ] as const)
    for (let round = 0; round < 4; round++) {
      const speckled = () =>
        maskOfPixels(
          Array.from({ length: width * height }, () => (draw(12) === 0 ? 1 : 0)),
          width,
          height,
        );
      const [a, b] = [speckled(), speckled()];
      expect(contourAccuracy(a, b)).toBeCloseTo(plainContourAccuracy(a, b), 12);
      expect(contourAccuracy(a, a)).toBe(1);
    }
});

test('a track is the mean over its frames; a missing mask is an empty one', () => {
  const left = rectangle(10, 10, [0, 0, 4, 10]);
  const scores = maskTrackScores([
    { predicted: left, expected: left }, // 1 and 1
    { predicted: rectangle(10, 10, [0, 0, 5, 10]), expected: left }, // J 4/5, F 1
    { predicted: null, expected: left }, // 0 and 0
    { predicted: null, expected: null }, // counts for nothing
  ]);
  expect(scores?.j).toBeCloseTo(0.6, 12);
  expect(scores?.f).toBeCloseTo(2 / 3, 12);
  expect(scores?.jf).toBeCloseTo((0.6 + 2 / 3) / 2, 12);
  expect(maskTrackScores([])).toBeNull();
});

test('masks of different sizes are refused', () => {
  expect(() => regionSimilarity(empty, rectangle(5, 5, [0, 0, 1, 1]))).toThrow('10 x 10 and 5 x 5');
  expect(() => contourAccuracy(empty, rectangle(5, 5, [0, 0, 1, 1]))).toThrow(RangeError);
});
