// A question's pictures or video -> grids for the prompt now, and patches for the vision encoder as they are decoded.

import { decodeImage } from '#media/picture/decode-image';
import { openVideo } from '#media/video/open-video';
import type { MediaInfo } from '../api.ts';
import type { ProcessorConfig } from '../config.ts';
import { Molmo2Error } from '../errors.ts';
import type { VideoSource } from '../media/media-types.ts';
import type { Picture } from '../media/picture.ts';
import { framePatches, framePooling, imageCrops, type ImageCrops } from '../preprocess/crops.ts';
import { allowedCrops } from '../preprocess/tiling.ts';
import { noMedia } from './conversation.ts';
import type { AskRequest } from './request.ts';
import type { PieceSize } from '../vision/vision-scratch.ts';
import type { VisualPiece } from './vision-encoder.ts';

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
  /** The patches, piece by piece; `onMedia` is told how many pictures or frames were decoded. */
  pieces(
    batchCrops: number,
    signal?: AbortSignal,
    onMedia?: (done: number) => void,
  ): AsyncGenerator<VisualPiece>;
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
  pieces: async function* () {},
  close: () => {},
};

/** Opens what the question shows. Throws `bad-request` for images and a video together, and media errors. */
export async function openVisualInput(
  request: AskRequest,
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
  request: AskRequest,
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
    async *pieces() {
      for (const { patches, numCrops, pooling } of images)
        yield { patches, crops: numCrops, pooling, window: rows * columns };
    },
    close: () => {},
  };
}

async function openVideoInput(
  request: AskRequest,
  input: NonNullable<AskRequest['video']>,
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
    pieces: (batchCrops, pieceSignal, onMedia) =>
      framePieces(source, processor, batchCrops, pieceSignal, onMedia),
    close: () => source.close(),
  };
}

/** Frames in batches, so that the encoder works while later frames are still to be decoded. */
async function* framePieces(
  source: VideoSource,
  { video }: ProcessorConfig,
  batchCrops: number,
  signal?: AbortSignal,
  onMedia?: (done: number) => void,
): AsyncGenerator<VisualPiece> {
  const one = framePooling(video);
  const window = video.poolingSize[0] * video.poolingSize[1];
  const numPatches = (video.size / video.patchSize) ** 2;
  let batch: Uint8Array[] = [];
  let done = 0;
  const piece = (): VisualPiece => ({
    patches: joined(batch),
    crops: batch.length,
    pooling: repeatedPooling(one.pooling, batch.length, numPatches),
    window,
  });
  for await (const picture of source.frames(signal)) {
    signal?.throwIfAborted();
    batch.push(framePatches(picture, video));
    done += 1;
    onMedia?.(done);
    if (batch.length < batchCrops) continue;
    yield piece();
    batch = [];
  }
  if (batch.length > 0) yield piece();
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}

/** The pooling table of one frame for `frames` frames that lie one after the other. */
function repeatedPooling(one: Int32Array, frames: number, numPatches: number): Int32Array {
  const table = new Int32Array(one.length * frames);
  for (let frame = 0; frame < frames; frame++)
    for (let i = 0; i < one.length; i++) {
      const index = one[i] ?? -1;
      table[frame * one.length + i] = index < 0 ? -1 : index + frame * numPatches;
    }
  return table;
}
