// The tokens that stand for a picture or a video: one per pooled feature, with markers around and between.

import type { ImageProcessorConfig, VideoProcessorConfig, VisionTokenIds } from '../config.ts';
import { formatSeconds } from './format-seconds.ts';

/** Row-major grid of `token`, each row followed by `columnToken` where there is one. */
function gridTokens(rows: number, columns: number, token: number, columnToken: number | null): number[] {
  const row = new Array<number>(columns).fill(token);
  if (columnToken !== null) row.push(columnToken);
  return Array.from({ length: rows }, () => row).flat();
}

/**
 * Tokens of one picture. `grid` is [rows, columns] of the global crop, then of the high-resolution mosaic; the global
 * part comes first. In the released models only the mosaic has column tokens, one after every row.
 */
export function imageTokens(
  grid: readonly [number, number, number, number],
  config: ImageProcessorConfig,
  ids: VisionTokenIds,
): number[] {
  const [globalRows, globalColumns, rows, columns] = grid;
  const globalPatch = config.useLowResTokenForGlobalCrops ? ids.imLow : ids.imPatch;
  const globalColumn = config.useSingleCropColTokens ? ids.imCol : null;
  const column = config.useColTokens ? ids.imCol : null;
  return [
    config.useSingleCropStartToken ? ids.lowResImStart : ids.imStart,
    ...gridTokens(globalRows, globalColumns, globalPatch, globalColumn),
    ids.imEnd,
    ids.imStart,
    ...gridTokens(rows, columns, ids.imPatch, column),
    ids.imEnd,
  ];
}

/**
 * A video as an alternation of labels and token runs: per frame its time (a blank behind it, and one before it except
 * for the first) and its grid [rows, columns] between markers.
 */
export function videoSegments(
  timestamps: readonly number[],
  grid: readonly [number, number],
  config: VideoProcessorConfig,
  ids: VisionTokenIds,
): (string | number[])[] {
  const [rows, columns] = grid;
  const frame = [
    config.useFrameSpecialTokens ? ids.frameStart : ids.imStart,
    ...gridTokens(rows, columns, ids.imPatch, config.useColTokens ? ids.imCol : null),
    config.useFrameSpecialTokens ? ids.frameEnd : ids.imEnd,
  ];
  return timestamps.flatMap((sec, i) => [`${i === 0 ? '' : ' '}${formatSeconds(sec)} `, frame]);
}
