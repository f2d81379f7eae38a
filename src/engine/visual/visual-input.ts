// A question's pictures or video -> grids for the prompt now, and patches for the vision encoder as they are decoded.

import { decodeImage } from '#media/picture/decode-image';
import { openVideo } from '#media/video/open-video';
import type { MediaInfo } from '../../api.ts';
import type { ProcessorConfig } from '../../config.ts';
import { Molmo2Error } from '../../errors.ts';
import type { PortableImage, PortableVideo, VideoSource } from '../../media/media-types.ts';
import type { Picture } from '../../media/picture.ts';
import { framePatches, framePooling, imageCrops, type ImageCrops } from '../../preprocess/crops.ts';
import { allowedCrops } from '../../preprocess/tiling.ts';
import type { PieceSize } from '../../vision/vision-scratch.ts';
import type { VisualUnit } from './visual-unit.ts';

/** What a question shows, as plain data, and how it is to be sampled and cut. */
export interface VisualRequest {
  readonly images: readonly PortableImage[];
  readonly video: PortableVideo | null;
  readonly startSec: number | undefined;
  readonly endSec: number | undefined;
  readonly maxFrames: number | undefined;
  readonly maxFps: number | undefined;
  readonly maxCrops: number | undefined;
}

export const noMedia: MediaInfo = { kind: 'none', sizes: [], timestamps: [], durationSec: null };

export interface VisualInput {
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
  /** The largest piece when `batchCrops` frames go together. */
  largestPiece(batchCrops: number): PieceSize;
  /** The pictures or frames, once; `onMedia` is told how many frames were decoded. */
  units(signal?: AbortSignal, onMedia?: (done: number) => void): AsyncGenerator<VisualUnit, void, undefined>;
  close(): void;
}

const nothing: VisualInput = {
  media: noMedia,
  timeOffsetSec: 0,
  maxFps: 0,
  imageGrids: [],
  video: null,
  crops: 0,
  largestPiece: () => ({ crops: 1, tokens: 1, window: 1 }),
  units: async function* () {},
  close: () => {},
};

/** Opens what the question shows. Throws `bad-request` for images and a video together, and media errors. */
export async function openVisualInput(
  request: VisualRequest,
  processor: ProcessorConfig,
  signal?: AbortSignal,
  onMedia?: (done: number, total: number) => void,
): Promise<VisualInput> {
  if (request.images.length > 0 && request.video)
    throw new Molmo2Error(
      'bad-request',
      `The question has ${request.images.length} image(s) and a video. The model takes one or the other; ask two questions.`,
    );
  if (request.video) return openVideoInput(request, request.video, processor, signal);
  if (request.images.length > 0) return openImageInput(request, processor, signal, onMedia);
  return nothing;
}

async function openImageInput(
  request: VisualRequest,
  processor: ProcessorConfig,
  signal?: AbortSignal,
  onMedia?: (done: number, total: number) => void,
): Promise<VisualInput> {
  const maxCrops = allowedCrops(processor.image, request.maxCrops);
  const sizes: { width: number; height: number }[] = [];
  const images: ImageCrops[] = [];
  for (const [i, image] of request.images.entries()) {
    const label = request.images.length > 1 ? `Image ${i + 1}` : 'The image';
    const picture: Picture = await decodeImage(image, label, signal);
    signal?.throwIfAborted();
    sizes.push({ width: picture.width, height: picture.height });
    images.push(imageCrops(picture, processor.image, maxCrops));
    onMedia?.(i + 1, request.images.length);
  }
  const [rows, columns] = processor.image.poolingSize;
  return {
    media: { kind: 'images', sizes, timestamps: [], durationSec: null },
    timeOffsetSec: 0,
    maxFps: 0,
    imageGrids: images.map(({ grid }) => grid),
    video: null,
    crops: images.reduce((sum, { numCrops }) => sum + numCrops, 0),
    largestPiece: () => ({
      crops: Math.max(...images.map(({ numCrops }) => numCrops)),
      tokens: Math.max(...images.map(({ pooling }) => pooling.length)) / (rows * columns),
      window: rows * columns,
    }),
    async *units() {
      for (const { patches, numCrops, pooling } of images)
        yield { patches, crops: numCrops, pooling, window: rows * columns };
    },
    close: () => {},
  };
}

async function openVideoInput(
  request: VisualRequest,
  input: NonNullable<VisualRequest['video']>,
  processor: ProcessorConfig,
  signal?: AbortSignal,
): Promise<VisualInput> {
  const config = processor.video;
  const maxFps = request.maxFps ?? config.maxFps;
  const source = await openVideo(
    input,
    {
      maxFrames: request.maxFrames ?? config.numFrames,
      maxFps,
      mode: config.frameSampleMode,
      samplingFps: config.samplingFps,
      ...(request.startSec !== undefined && { startSec: request.startSec }),
      ...(request.endSec !== undefined && { endSec: request.endSec }),
    },
    'The video',
    signal,
  );
  const { grid, pooling } = framePooling(config);
  const window = config.poolingSize[0] * config.poolingSize[1];
  const { width, height, durationSec, timestamps, startSec } = source;
  return {
    media: {
      kind: 'video',
      sizes: [{ width, height }],
      timestamps: timestamps.map((timeSec) => timeSec + startSec),
      durationSec,
      ...(source.notices && { notices: source.notices }),
    },
    timeOffsetSec: startSec,
    maxFps,
    imageGrids: [],
    video: { timestamps, grid },
    crops: timestamps.length,
    largestPiece: (batchCrops) => {
      const frames = Math.min(batchCrops, timestamps.length);
      return { crops: frames, tokens: (frames * pooling.length) / window, window };
    },
    units: (unitSignal, onMedia) => frameUnits(source, processor, unitSignal, onMedia),
    close: () => source.close(),
  };
}

/** Frames one by one, so that the encoder works while later ones are still to be decoded. */
async function* frameUnits(
  source: VideoSource,
  { video }: ProcessorConfig,
  signal?: AbortSignal,
  onMedia?: (done: number) => void,
): AsyncGenerator<VisualUnit, void, undefined> {
  const { pooling } = framePooling(video);
  const window = video.poolingSize[0] * video.poolingSize[1];
  let done = 0;
  for await (const picture of source.frames(signal)) {
    signal?.throwIfAborted();
    done += 1;
    onMedia?.(done);
    yield { patches: framePatches(picture, video), crops: 1, pooling, window };
  }
}
