import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { ImageProcessorConfig } from '../../src/config.ts';
import { imageGrid } from '../../src/preprocess/crops.ts';
import { tilingCandidates } from '../../src/preprocess/tiling.ts';
import { releasedImages, shapesImages } from '../processors.ts';

interface TilingRow {
  readonly width: number;
  readonly height: number;
  readonly max_crops: number;
  readonly tiling: [number, number];
}
const { tiling } = JSON.parse(readFileSync('tests/fixtures/golden/functions.json', 'utf8')) as {
  tiling: TilingRow[];
};

test.each(tiling)('$width x $height with $max_crops crops is tiled as the reference does', (row) => {
  expect(imageGrid(row.width, row.height, releasedImages, row.max_crops).tiling).toEqual(row.tiling);
});

test('the list of golden tilings is not empty', () => expect(tiling).toHaveLength(80));

test('there are 20 candidates for 8 crops and 84 for 24, fewest crops and then fewest rows first', () => {
  expect(tilingCandidates(8)).toHaveLength(20);
  expect(tilingCandidates(24)).toHaveLength(84);
  expect(tilingCandidates(4)).toEqual([[1, 1], [1, 2], [2, 1], [1, 3], [3, 1], [1, 4], [2, 2], [4, 1]]); // prettier-ignore
});

// [width, height, maxCrops, rows, columns, high-resolution token rows and columns, crops, prompt tokens]
const published = [
  [378, 378, 8, 1, 1, 14, 14, 2, 410],
  [640, 480, 24, 2, 2, 23, 23, 5, 752],
  [1024, 1024, 8, 2, 2, 23, 23, 5, 752],
  [1024, 1024, 24, 4, 4, 42, 42, 17, 2006],
  [1280, 720, 8, 2, 4, 23, 42, 9, 1189],
  [1280, 720, 24, 3, 5, 33, 52, 16, 1949],
  [1920, 1080, 24, 4, 6, 42, 61, 25, 2804],
  [720, 1280, 8, 4, 2, 42, 23, 9, 1208],
  [720, 1280, 24, 5, 3, 52, 33, 16, 1968],
  [1080, 1920, 24, 6, 4, 61, 42, 25, 2823],
  [2480, 3508, 8, 3, 2, 33, 23, 7, 992],
  [300, 1000, 24, 4, 1, 42, 14, 5, 830],
] as const;

test.each(published)('%d x %d with %d crops: tiling %d x %d, grid %d x %d', (...row) => {
  const [width, height, maxCrops, rows, columns, highRows, highColumns, crops, tokens] = row;
  const image = imageGrid(width, height, releasedImages, maxCrops);
  expect(image).toEqual({ tiling: [rows, columns], grid: [14, 14, highRows, highColumns], numCrops: crops });
  expect(198 + 2 + highRows * (highColumns + 1)).toBe(tokens);
});

test.each([
  [112, 112, 1, 1], // both sides equal the margins: every scale is infinite, the first candidate wins
  [1000, 112, 1, 4], // only the other side decides
  [1000, 50, 1, 1], // negative scale
  [1, 1, 1, 1],
])(
  'a side at or below the margins (%d x %d) is tiled %d x %d, as the Hugging Face processor does',
  (w, h, r, c) => {
    expect(imageGrid(w, h, releasedImages).tiling).toEqual([r, c]);
  },
);

test('the shapes model has its own crop size and margins', () => {
  expect(imageGrid(168, 168, shapesImages)).toEqual({ tiling: [1, 1], grid: [6, 6, 6, 6], numCrops: 2 });
  expect(imageGrid(320, 240, shapesImages)).toEqual({ tiling: [2, 3], grid: [6, 6, 11, 16], numCrops: 7 });
});

test.each([0, 25, -1, 1.5, NaN])('maxCrops %d is a range error that names the option', (maxCrops) => {
  expect(() => imageGrid(640, 480, releasedImages, maxCrops)).toThrow(RangeError);
  expect(() => imageGrid(640, 480, releasedImages, maxCrops)).toThrow(/maxCrops.*1 to 24/);
});

test('maxCrops falls back to the checkpoint', () => {
  const one: ImageProcessorConfig = { ...releasedImages, maxCrops: 1 };
  expect(imageGrid(1920, 1080, one).tiling).toEqual([1, 1]);
});
