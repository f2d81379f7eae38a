import { readFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import type { Picture } from '../../src/media/picture.ts';
import {
  framePatches,
  framePooling,
  imageCrops,
  imageGrid,
  imagePooling,
} from '../../src/preprocess/crops.ts';
import { releasedImages, releasedVideos, shapesImages, shapesVideos } from '../processors.ts';
import { readSafetensors } from '../safetensors.ts';

const golden = 'tests/fixtures/golden';

interface CropsRow {
  readonly width: number;
  readonly height: number;
  readonly grid: number[];
  readonly num_crops: number;
  readonly pooled_tokens: number;
  readonly total_tokens: number;
  readonly pooling_crc32: number;
}
const { crops } = JSON.parse(readFileSync(`${golden}/functions.json`, 'utf8')) as { crops: CropsRow[] };

interface GoldenCase {
  readonly name: string;
  readonly kind: 'text' | 'image' | 'video';
  readonly media: string[];
  readonly grids: number[][] | null;
  readonly num_crops: number[] | null;
  readonly tensors: string;
}
const { cases } = JSON.parse(readFileSync(`${golden}/index.json`, 'utf8')) as { cases: GoldenCase[] };

/** Pixel (x, y, c) is (7x + 13y + 29c) mod 256. */
function stripes(width: number, height: number, channels: 3 | 4 = 3): Picture {
  const data = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < channels; c++) data[(y * width + x) * channels + c] = 7 * x + 13 * y + 29 * c;
  return { width, height, channels, data };
}

async function readPicture(file: string): Promise<Picture> {
  const { data, info } = await sharp(file).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  if (info.channels !== 3) throw new Error(`${file} has ${info.channels} channels`);
  return { width: info.width, height: info.height, channels: 3, data };
}

function littleEndian(table: Int32Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(table.byteLength));
  table.forEach((value, i) => view.setInt32(i * 4, value, true));
  return new Uint8Array(view.buffer);
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

test.each(crops)('$width x $height has the reference grid and pooling table', (row) => {
  const image = imageGrid(row.width, row.height, releasedImages);
  const pooling = imagePooling(image, releasedImages);
  expect(image.grid).toEqual(row.grid);
  expect(image.numCrops).toBe(row.num_crops);
  expect(pooling.length / 4).toBe(row.pooled_tokens);
  expect(crc32(littleEndian(pooling))).toBe(row.pooling_crc32);
});

describe('golden cases', () => {
  const pictures = cases.filter((c) => c.kind !== 'text');

  test('there are image, several-image and video cases', () => expect(pictures).toHaveLength(8));

  test.each(pictures)('$name has the reference grids, pooling and pixels', async (c) => {
    const tensors = readSafetensors(readFileSync(`${golden}/${c.tensors}`));
    const media = await Promise.all(c.media.map((file) => readPicture(`${golden}/${file}`)));
    const patches: Uint8Array[] = [];
    const pooling: number[] = [];
    if (c.kind === 'video') {
      const frame = framePooling(releasedVideos);
      expect([[media.length, ...frame.grid]]).toEqual(c.grids);
      const patchesOfFrame = (releasedVideos.size / releasedVideos.patchSize) ** 2;
      media.forEach((picture, f) => {
        patches.push(framePatches(picture, releasedVideos));
        for (const index of frame.pooling) pooling.push(index + f * patchesOfFrame);
      });
    } else {
      const images = media.map((picture) => imageCrops(picture, releasedImages));
      expect(images.map((image) => image.grid)).toEqual(c.grids);
      expect(images.map((image) => image.numCrops)).toEqual(c.num_crops);
      for (const image of images) {
        patches.push(image.patches);
        pooling.push(...image.pooling);
      }
    }
    expect(pooling).toEqual([...(tensors.get('pooling')?.data ?? [])]);
    comparePatches(Buffer.concat(patches), tensors);
  });

  function comparePatches(ours: Uint8Array, tensors: ReturnType<typeof readSafetensors>) {
    const mean = tensors.get('pixels_mean');
    if (!mean) throw new Error('every picture case lists the mean of each patch');
    expect(ours.length).toBe(mean.data.length * 588);
    mean.data.forEach((expected, patch) => {
      const bytes = ours.subarray(patch * 588, (patch + 1) * 588);
      expect(Math.abs(sum(bytes) / 588 / 127.5 - 1 - expected)).toBeLessThan(1e-4);
    });
    const pixels = tensors.get('pixels_u8');
    if (!pixels) return;
    let different = 0;
    pixels.data.forEach((expected, i) => {
      const difference = Math.abs((ours[i] ?? NaN) - expected);
      if (difference !== 0) different++;
      if (!(difference <= 1))
        throw new Error(`byte ${i} is ${String(ours[i])}, the reference has ${expected}`);
    });
    expect(different).toBeLessThanOrEqual(pixels.data.length / 100_000);
  }

  test('three of them also list whole pixels', () => {
    const withPixels = pictures.filter((c) =>
      readSafetensors(readFileSync(`${golden}/${c.tensors}`)).has('pixels_u8'),
    );
    expect(withPixels).toHaveLength(3);
  });
});

// Sums over the synthetic picture: rows, -1 entries, S, W, G, C.
const goldenSums = [
  [378, 378, 8, 392, 110, 1062043, 471480862, 54647476, 54647476],
  [640, 480, 8, 725, 55, 4891935, 2557437422, 54653888, 218615954],
  [1280, 720, 8, 1162, 55, 14347649, 7048845174, 54653200, 437183846],
  [1280, 720, 24, 1912, 224, 41747352, 20477622532, 54653200, 819796311],
  [720, 1280, 8, 1162, 55, 14347649, 7035642126, 54653129, 437227882],
  [1920, 1080, 24, 2758, 55, 97380473, 49761649022, 54654228, 1311680865],
  [300, 1000, 8, 784, 139, 5224199, 2696484370, 54655002, 218618795],
] as const;

test.each(goldenSums)('%d x %d with %d crops adds up to the published numbers', (...row) => {
  const [width, height, maxCrops, rows, none, S, W, G, C] = row;
  const { patches, pooling } = imageCrops(stripes(width, height), releasedImages, maxCrops);
  expect(pooling.length / 4).toBe(rows);
  expect(pooling.filter((index) => index === -1)).toHaveLength(none);
  expect(sum(pooling)).toBe(S);
  expect(sum(Array.from(pooling, (index, i) => index * ((i % 1000) + 1)))).toBe(W);
  // These sums come from a build of the reference that rounds source positions to f32, the golden cases from one that
  // does not; the golden cases decide. The picture is full of exact ties, and each that falls the other way moves a sum
  // by one: at most one sample in a thousand.
  const cropBytes = 378 * 378 * 3;
  expect(Math.abs(sum(patches.subarray(0, cropBytes)) - G)).toBeLessThan(cropBytes / 1000);
  expect(Math.abs(sum(patches.subarray(cropBytes)) - C)).toBeLessThan((patches.length - cropBytes) / 1000);
});

test('640 x 480: windows across the seams and pixels of the global crop are those of the reference', () => {
  const { patches, pooling } = imageCrops(stripes(640, 480), releasedImages);
  const window = (row: number, column: number) => [
    ...pooling.subarray((196 + row * 23 + column) * 4).subarray(0, 4),
  ];
  expect(window(0, 0)).toEqual([729, 730, 756, 757]);
  expect(window(0, 11)).toEqual([751, 1462, 778, 1489]);
  expect(window(11, 0)).toEqual([1323, 1324, 2295, 2296]);
  expect(window(11, 11)).toEqual([1345, 2056, 2317, 3028]);
  expect(window(22, 22)).toEqual([3616, 3617, 3643, 3644]);
  const pixel = (row: number, column: number) => {
    const patch = Math.floor(row / 14) * 27 + Math.floor(column / 14);
    const at = patch * 588 + ((row % 14) * 14 + (column % 14)) * 3;
    return [...patches.subarray(at, at + 3)];
  };
  expect(pixel(0, 0)).toEqual([4, 33, 62]);
  expect(pixel(0, 1)).toEqual([16, 45, 74]);
  expect(pixel(1, 0)).toEqual([21, 50, 79]);
  expect(pixel(188, 188)).toEqual([216, 245, 18]);
  expect(pixel(377, 377)).toEqual([200, 229, 113]);
});

test('a fourth channel is ignored', () => {
  const withAlpha = imageCrops(stripes(201, 303, 4), releasedImages);
  const without = imageCrops(stripes(201, 303), releasedImages);
  expect(Buffer.compare(withAlpha.patches, without.patches)).toBe(0);
});

test('a picture of the crop size is cut without changing a pixel', () => {
  const picture = stripes(168, 168);
  const { patches } = imageCrops(picture, shapesImages);
  expect(patches.subarray(0, patches.length / 2)).toEqual(patches.subarray(patches.length / 2));
  expect(patches.subarray(0, 42)).toEqual(picture.data.subarray(0, 42)); // first row of the first patch
  expect(patches.subarray(42, 84)).toEqual(picture.data.subarray(168 * 3, 168 * 3 + 42)); // its second row
  expect(patches.subarray(588, 588 + 42)).toEqual(picture.data.subarray(42, 84)); // second patch
});

test('a picture of one pixel becomes crops of that colour', () => {
  const { patches } = imageCrops(
    { width: 1, height: 1, channels: 3, data: Uint8Array.of(9, 80, 255) },
    releasedImages,
  );
  for (let i = 0; i < patches.length; i += 3)
    if (patches[i] !== 9 || patches[i + 1] !== 80 || patches[i + 2] !== 255)
      throw new Error(`pixel ${i / 3} differs`);
  expect(patches).toHaveLength(2 * 378 * 378 * 3);
});

test('halving a picture takes the mean of two pixels and rounds ties to even', () => {
  // Exactly between two source pixels: (1 + 2) / 2 = 1.5 -> 2 and (2 + 3) / 2 = 2.5 -> 2.
  const data = new Uint8Array(336 * 168 * 3).map((_, i) =>
    Math.floor(i / 3) % 4 === 0 ? 1 : Math.floor(i / 3) % 4 < 3 ? 2 : 3,
  );
  const patches = framePatches({ width: 336, height: 168, channels: 3, data }, shapesVideos);
  expect([...patches.subarray(0, 12)]).toEqual([2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2]);
});

test('every patch of the high-resolution grid is named once, in every tiling', () => {
  for (const [width, height] of [
    [320, 240],
    [100, 900],
    [1000, 300],
    [168, 168],
  ] as const)
    // prettier-ignore
    for (const config of [shapesImages, releasedImages]) {
      const image = imageGrid(width, height, config);
      const side = config.size / config.patchSize;
      const margin = config.overlapMargins[0] + config.overlapMargins[1];
      const [rows, columns] = image.tiling;
      const named = [...imagePooling(image, config)].filter((index) => index >= 0);
      expect(new Set(named).size).toBe(named.length);
      const high = named.filter((index) => index >= side * side);
      expect(high).toHaveLength(((side - margin) * rows + margin) * ((side - margin) * columns + margin));
      expect(Math.max(...named)).toBeLessThan(image.numCrops * side * side);
    }
});

test('one frame has 9 x 9 tokens of 3 x 3 patches, 4 x 4 in the shapes model', () => {
  const frame = framePooling(releasedVideos);
  expect(frame.grid).toEqual([9, 9]);
  expect([...frame.pooling.subarray(0, 9)]).toEqual([0, 1, 2, 27, 28, 29, 54, 55, 56]);
  expect(frame.pooling).toHaveLength(81 * 9);
  expect(framePooling(shapesVideos).grid).toEqual([4, 4]);
  expect(framePooling(shapesVideos).pooling).toHaveLength(16 * 9);
});

test('windows that do not fit are padded, the smaller half in front', () => {
  // 4 patches in windows of 3: one line in front stays empty only if two are missing.
  const frame = framePooling({ ...shapesVideos, size: 56 });
  expect(frame.grid).toEqual([2, 2]);
  expect([...frame.pooling.subarray(0, 9)]).toEqual([-1, -1, -1, -1, 0, 1, -1, 4, 5]);
  expect([...frame.pooling.subarray(27)]).toEqual([10, 11, -1, 14, 15, -1, -1, -1, -1]);
});

test('a 4000 x 3000 picture is cut into 24 crops in a second or two', () => {
  const picture = stripes(4000, 3000);
  const start = performance.now();
  expect(imageCrops(picture, releasedImages, 24).numCrops).toBe(25);
  expect(performance.now() - start).toBeLessThan(5000);
});
