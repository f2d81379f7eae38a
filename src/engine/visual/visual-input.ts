// A question's pictures or video -> shapes for the plan and the prompt now, and patches for the vision encoder as they are
// decoded.

import { decodeImage } from '#media/picture/decode-image';
import { openWholeVideo } from '#media/video/open-video';
import type { ProcessorConfig } from '../../config.ts';
import { Molmo2Error } from '../../errors.ts';
import type { PortableImage, PortableVideo, SampledVideo, WholeVideo } from '../../media/media-types.ts';
import { imageLabel } from '../../media/picture.ts';
import { framePatches, framePooling, imageCrops, type ImageCrops } from '../../preprocess/crops.ts';
import { allowedCrops } from '../../preprocess/tiling.ts';
import { imageShapes, noShapes, videoShapes, type VisualDetail, type VisualShapes } from './visual-shapes.ts';
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

export interface VisualInput extends VisualShapes {
  /** The pictures or frames, once; `onMedia` is told how many frames were decoded. */
  units(signal?: AbortSignal, onMedia?: (done: number) => void): AsyncGenerator<VisualUnit, void, undefined>;
}

/** What a question shows, open: it can be looked at in more or less detail. Whoever opens it closes it. */
export interface OpenMedia {
  /** As the question asks for it. */
  readonly detail: VisualDetail;
  /** Which of the two can be less. */
  readonly canShrink: Readonly<Record<keyof VisualDetail, boolean>>;
  /** Its shapes in some detail. */
  shapes(detail: VisualDetail): VisualShapes;
  /** The same with its pictures or frames. */
  input(detail: VisualDetail): VisualInput;
  close(): void;
}

export interface OpenMediaOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told about pictures as they are decoded. */
  readonly onMedia?: ((done: number, total: number) => void) | undefined;
  /** The request's video where it is open already; it stays open. */
  readonly video?: WholeVideo | undefined;
}

/** Opens what the question shows. Throws `bad-request` for images and a video together, and media errors. */
export async function openMedia(
  request: VisualRequest,
  processor: ProcessorConfig,
  options: OpenMediaOptions = {},
): Promise<OpenMedia> {
  if (request.images.length > 0 && request.video)
    throw new Molmo2Error(
      'bad-request',
      `The question has ${request.images.length} image(s) and a video. The model takes one or the other; ask two questions.`,
    );
  const detail = {
    maxFrames: request.maxFrames ?? processor.video.numFrames,
    maxCrops: allowedCrops(processor.image, request.maxCrops),
  };
  if (request.video) return openVideo(request, request.video, detail, processor, options);
  if (request.images.length > 0) return openImages(request.images, detail, processor, options);
  return {
    detail,
    canShrink: { maxFrames: false, maxCrops: false },
    shapes: () => noShapes,
    input: () => ({ ...noShapes, units: async function* () {} }),
    close: () => {},
  };
}

async function openImages(
  images: readonly PortableImage[],
  detail: VisualDetail,
  processor: ProcessorConfig,
  { signal, onMedia }: OpenMediaOptions,
): Promise<OpenMedia> {
  const sizes: { width: number; height: number }[] = [];
  const cut = async (i: number, maxCrops: number): Promise<ImageCrops[]> => {
    const image = images[i];
    if (!image) return [];
    const picture = await decodeImage(image, imageLabel(i, images.length), signal);
    signal?.throwIfAborted();
    sizes[i] = { width: picture.width, height: picture.height };
    return [imageCrops(picture, processor.image, maxCrops)];
  };
  const asked: ImageCrops[] = [];
  for (const i of images.keys()) {
    asked.push(...(await cut(i, detail.maxCrops)));
    onMedia?.(i + 1, images.length);
  }
  const shapes = ({ maxCrops }: VisualDetail) => imageShapes(sizes, processor, maxCrops);
  const window = processor.image.poolingSize[0] * processor.image.poolingSize[1];
  const unitOf = ({ patches, numCrops, pooling }: ImageCrops) => ({
    patches,
    crops: numCrops,
    pooling,
    window,
  });
  return {
    detail,
    canShrink: { maxFrames: false, maxCrops: true },
    shapes,
    input: (chosen) => ({
      ...shapes(chosen),
      async *units() {
        if (chosen.maxCrops === detail.maxCrops) yield* asked.map(unitOf);
        // Few questions have to do with less; their pictures are decoded once more, one at a time.
        else for (const i of images.keys()) yield* (await cut(i, chosen.maxCrops)).map(unitOf);
      },
    }),
    close: () => {},
  };
}

async function openVideo(
  { startSec, endSec, maxFps: askedFps }: VisualRequest,
  portable: PortableVideo,
  detail: VisualDetail,
  processor: ProcessorConfig,
  { signal, video: open }: OpenMediaOptions,
): Promise<OpenMedia> {
  const { maxFps: usualFps, frameSampleMode: mode, samplingFps } = processor.video;
  const maxFps = askedFps ?? usualFps;
  const video = open ?? (await openWholeVideo(portable, 'The video', signal));
  const close = () => (open ? undefined : video.close());
  const sampled = ({ maxFrames }: VisualDetail) =>
    video.sample({
      maxFrames,
      maxFps,
      mode,
      samplingFps,
      ...(startSec !== undefined && { startSec }),
      ...(endSec !== undefined && { endSec }),
    });
  const shapesOf = ({ timestamps, startSec: firstSec }: SampledVideo) => {
    const { width, height, durationSec, notices } = video;
    return videoShapes(
      { width, height, durationSec, notices, timestamps, startSec: firstSec, maxFps },
      processor,
    );
  };
  try {
    sampled(detail); // refuses a part that cannot be
  } catch (error) {
    close();
    throw error;
  }
  return {
    detail,
    canShrink: { maxFrames: video.isSampled, maxCrops: false },
    shapes: (chosen) => shapesOf(sampled(chosen)),
    input(chosen) {
      const moments = sampled(chosen);
      return {
        ...shapesOf(moments),
        units: (unitSignal, onMedia) => frameUnits(moments, processor, unitSignal, onMedia),
      };
    },
    close,
  };
}

/** Frames one by one, so that the encoder works while later ones are still to be decoded. */
async function* frameUnits(
  source: SampledVideo,
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
