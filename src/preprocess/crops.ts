// Turns a picture into crops: the whole picture squashed to one crop (crop 0), and an enlarged copy cut into
// overlapping crops. Frames of a video get the squashed crop only.

import { invariant } from '../errors.ts';
import type { ImageProcessorConfig, VideoProcessorConfig } from '../config.ts';
import type { Picture } from '../media/picture.ts';
import { patchGrid, writeCropRow, writeSquashed } from './patches.ts';
import { patchOwner, pooledLength, writeWindows } from './pooling.ts';
import { resizeRows } from './resize.ts';
import { allowedCrops, chooseTiling, type Tiling } from './tiling.ts';

/** Tokens of one image: rows and columns of the low-resolution part, then of the high-resolution part. */
export type ImageTokenGrid = readonly [
  lowRows: number,
  lowColumns: number,
  highRows: number,
  highColumns: number,
];

export interface ImageGrid {
  readonly tiling: Tiling;
  readonly grid: ImageTokenGrid;
  /** Crops of the vision encoder, the global one included. */
  readonly numCrops: number;
}

export interface ImageCrops {
  readonly grid: ImageTokenGrid;
  readonly numCrops: number;
  /** [F, P, patchSize * patchSize * 3]; crop 0 is the global one. */
  readonly patches: Uint8Array;
  /** [tokens, window]: patch indices over all crops, low-resolution rows first; -1 = none. */
  readonly pooling: Int32Array;
}

/** The lengths that crop size, patch size and margins imply. */
function geometry(config: ImageProcessorConfig) {
  const { size, patchSize, overlapMargins } = config;
  const side = size / patchSize; // patches
  const marginPatches = overlapMargins[0] + overlapMargins[1];
  const windowPatches = side - marginPatches;
  invariant(
    Number.isInteger(side) && windowPatches > 0,
    'a crop is whole patches and wider than its margins',
  );
  return {
    side,
    marginPatches,
    windowPatches,
    marginPx: marginPatches * patchSize,
    windowPx: windowPatches * patchSize,
  };
}

/** How an image of this size is cut, and how many tokens it becomes, without looking at its pixels. */
export function imageGrid(
  width: number,
  height: number,
  config: ImageProcessorConfig,
  maxCrops?: number,
): ImageGrid {
  const { side, marginPatches, windowPatches, marginPx, windowPx } = geometry(config);
  const [rows, columns] = chooseTiling(width, height, marginPx, windowPx, allowedCrops(config, maxCrops));
  const [poolRows, poolColumns] = config.poolingSize;
  return {
    tiling: [rows, columns],
    grid: [
      pooledLength(side, poolRows),
      pooledLength(side, poolColumns),
      pooledLength(windowPatches * rows + marginPatches, poolRows),
      pooledLength(windowPatches * columns + marginPatches, poolColumns),
    ],
    numCrops: 1 + rows * columns,
  };
}

/** The pooling table of an image that is cut as `tiling` says, indices starting at its own crop 0. */
export function imagePooling(image: ImageGrid, config: ImageProcessorConfig): Int32Array {
  const { side, marginPatches, windowPatches } = geometry(config);
  const [rows, columns] = image.tiling;
  const [lowRows, lowColumns, highRows, highColumns] = image.grid;
  const perToken = config.poolingSize[0] * config.poolingSize[1];
  const table = new Int32Array((lowRows * lowColumns + highRows * highColumns) * perToken);
  const globalEnd = writeWindows(table, 0, [side, side], config.poolingSize, (r, c) => r * side + c);
  const leading = config.overlapMargins[0];
  const patches = [windowPatches * rows + marginPatches, windowPatches * columns + marginPatches] as const;
  writeWindows(table, globalEnd, patches, config.poolingSize, (r, c) => {
    const down = patchOwner(r, leading, windowPatches, rows);
    const across = patchOwner(c, leading, windowPatches, columns);
    return (1 + down.crop * columns + across.crop) * side * side + down.place * side + across.place;
  });
  return table;
}

/** Cuts a picture into the patches and the pooling table that the vision encoder reads. */
export function imageCrops(picture: Picture, config: ImageProcessorConfig, maxCrops?: number): ImageCrops {
  const image = imageGrid(picture.width, picture.height, config, maxCrops);
  const { marginPx, windowPx } = geometry(config);
  const [rows, columns] = image.tiling;
  const target = patchGrid(image.numCrops, config.size, config.patchSize);
  writeSquashed(target, 0, picture);
  resizeRows(picture, windowPx * columns + marginPx, windowPx * rows + marginPx, (row, y) => {
    for (let i = 0; i < rows; i++) {
      const yInCrop = y - i * windowPx;
      if (yInCrop < 0 || yInCrop >= config.size) continue;
      for (let j = 0; j < columns; j++) writeCropRow(target, 1 + i * columns + j, yInCrop, row, j * windowPx);
    }
  });
  return {
    grid: image.grid,
    numCrops: image.numCrops,
    patches: target.patches,
    pooling: imagePooling(image, config),
  };
}

/** The patches of one video frame, [P, patchSize * patchSize * 3]: the whole frame squashed to one crop. */
export function framePatches(picture: Picture, config: VideoProcessorConfig): Uint8Array {
  const target = patchGrid(1, config.size, config.patchSize);
  writeSquashed(target, 0, picture);
  return target.patches;
}

/** Tokens of one frame as [rows, columns], and its pooling table; frame f adds f * P to every index. */
export function framePooling(config: VideoProcessorConfig): {
  readonly grid: readonly [rows: number, columns: number];
  readonly pooling: Int32Array;
} {
  const side = config.size / config.patchSize;
  invariant(Number.isInteger(side), 'a frame is whole patches');
  const [poolRows, poolColumns] = config.poolingSize;
  const grid = [pooledLength(side, poolRows), pooledLength(side, poolColumns)] as const;
  const pooling = new Int32Array(grid[0] * grid[1] * poolRows * poolColumns);
  writeWindows(pooling, 0, [side, side], config.poolingSize, (r, c) => r * side + c);
  return { grid, pooling };
}
