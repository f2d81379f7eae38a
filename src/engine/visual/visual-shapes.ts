// What pictures or sampled moments become, from their sizes and times alone: grids for the prompt, crops for the encoder.
// Pure, so that a question can be planned, and planned again with less, without a pixel.

import type { MediaInfo } from '../../api.ts';
import type { ProcessorConfig } from '../../config.ts';
import { framePooling, imageGrid } from '../../preprocess/crops.ts';
import type { PieceSize } from '../../vision/vision-scratch.ts';

export const noMedia: MediaInfo = { kind: 'none', sizes: [], timestamps: [], durationSec: null };

/** How much of pictures or a video is looked at. */
export interface VisualDetail {
  /** Most frames of a video. */
  readonly maxFrames: number;
  /** Most crops of each picture besides the global one. */
  readonly maxCrops: number;
}

export interface VisualShapes {
  readonly media: MediaInfo;
  /** Seconds between the times the model sees and those of the whole video. */
  readonly timeOffsetSec: number;
  /** Frames per second at which the video is sampled at most. */
  readonly maxFps: number;
  /** For the prompt. */
  readonly imageGrids: readonly (readonly [number, number, number, number])[];
  readonly video: { readonly timestamps: readonly number[]; readonly grid: readonly [number, number] } | null;
  /** Crops that the vision encoder will see. */
  readonly crops: number;
  /** What goes through the vision tower together, when `batchCrops` frames do. */
  pieces(batchCrops: number): readonly PieceSize[];
  /** The largest piece when `batchCrops` frames go together. */
  largestPiece(batchCrops: number): PieceSize;
}

export const noShapes: VisualShapes = {
  media: noMedia,
  timeOffsetSec: 0,
  maxFps: 0,
  imageGrids: [],
  video: null,
  crops: 0,
  pieces: () => [],
  largestPiece: () => ({ crops: 1, tokens: 1, window: 1 }),
};

/** Pictures of these sizes, each cut into `maxCrops` crops at most besides the global one. */
export function imageShapes(
  sizes: MediaInfo['sizes'],
  { image }: ProcessorConfig,
  maxCrops: number,
): VisualShapes {
  const cut = sizes.map(({ width, height }) => imageGrid(width, height, image, maxCrops));
  const window = image.poolingSize[0] * image.poolingSize[1];
  const pieces = cut.map(({ numCrops, grid: [a, b, c, d] }) => ({
    crops: numCrops,
    tokens: a * b + c * d,
    window,
  }));
  return {
    ...noShapes,
    media: { ...noMedia, kind: 'images', sizes },
    imageGrids: cut.map(({ grid }) => grid),
    crops: cut.reduce((sum, { numCrops }) => sum + numCrops, 0),
    pieces: () => pieces,
    largestPiece: () => ({
      crops: Math.max(...pieces.map(({ crops }) => crops)),
      tokens: Math.max(...pieces.map(({ tokens }) => tokens)),
      window,
    }),
  };
}

/** A video of which these moments are shown. */
export interface VideoMoments {
  readonly width: number;
  readonly height: number;
  readonly durationSec: number;
  readonly notices?: readonly string[] | undefined;
  /** Seconds from `startSec`. */
  readonly timestamps: readonly number[];
  readonly startSec: number;
  /** Frames per second at which it is sampled at most. */
  readonly maxFps: number;
}

export function videoShapes(moments: VideoMoments, { video }: ProcessorConfig): VisualShapes {
  const { width, height, durationSec, notices, timestamps, startSec, maxFps } = moments;
  const { grid } = framePooling(video);
  const window = video.poolingSize[0] * video.poolingSize[1];
  const piece = (frames: number) => ({ crops: frames, tokens: frames * grid[0] * grid[1], window });
  return {
    ...noShapes,
    media: {
      kind: 'video',
      sizes: [{ width, height }],
      timestamps: timestamps.map((timeSec) => timeSec + startSec),
      durationSec,
      ...(notices && { notices }),
    },
    timeOffsetSec: startSec,
    maxFps,
    video: { timestamps, grid },
    crops: timestamps.length,
    pieces: (batchCrops) =>
      Array.from({ length: Math.ceil(timestamps.length / batchCrops) }, (_, i) =>
        piece(Math.min(batchCrops, timestamps.length - i * batchCrops)),
      ),
    largestPiece: (batchCrops) => piece(Math.min(batchCrops, timestamps.length)),
  };
}
