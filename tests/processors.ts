// The processor settings that tests use: those of the released models and those of the embedded one.

import type { ImageProcessorConfig, VideoProcessorConfig } from '../src/config.ts';

const half = [0.5, 0.5, 0.5] as const;

/** Crops as the released models cut them. */
export const releasedImages: ImageProcessorConfig = {
  size: 378,
  patchSize: 14,
  poolingSize: [2, 2],
  maxCrops: 8,
  overlapMargins: [4, 4],
  mean: half,
  std: half,
  useColTokens: true,
  useSingleCropColTokens: false,
  useSingleCropStartToken: true,
  useLowResTokenForGlobalCrops: false,
};

/** Frames as the released models sample and pool them. */
export const releasedVideos: VideoProcessorConfig = {
  size: 378,
  patchSize: 14,
  poolingSize: [3, 3],
  mean: half,
  std: half,
  frameSampleMode: 'uniform_last_frame',
  numFrames: 384,
  maxFps: 2,
  samplingFps: 2,
  useColTokens: false,
  useFrameSpecialTokens: false,
};

/** The embedded model: smaller crops, thinner margins. */
export const shapesImages: ImageProcessorConfig = { ...releasedImages, size: 168, overlapMargins: [1, 1] };
export const shapesVideos: VideoProcessorConfig = { ...releasedVideos, size: 168, numFrames: 24 };
