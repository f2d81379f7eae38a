// Pictures and videos as a server takes them: data URLs of upright pictures, and what is to be done with a video. In a file of its
// own, which the adapter loads with the first of them.

import {
  bytesOfPath,
  pngOfBitmap,
  pngOfPixels,
  uprightPng,
  type WrittenPicture,
} from '#adapters/remote/pixels';
import type { AskInput, ImageInput } from '../../api.ts';
import { Molmo2Error } from '../../errors.ts';
import { fetchMedia } from '../../media/fetch-media.ts';
import type { PortableFile, PortableImage, PortableVideo } from '../../media/media-types.ts';
import { pictureHeader } from '../../media/picture/picture-header.ts';
import { portableImage, portableVideo } from '../../media/portable-media.ts';
import { orientationOf } from './orientation.ts';
import type { SentMedia, Size } from './shown-media.ts';

export interface MediaLimits {
  /** Bytes of a video that is sent as part of the request. */
  readonly mostVideoBytes: number;
  /** In pixels, where a video is a file or a URL. */
  readonly size: Size | undefined;
  readonly signal: AbortSignal | undefined;
  /** Told how many pictures or frames are read, and of how many. */
  readonly onMedia: (done: number, total: number) => void;
}

/** What every server's decoder reads, if its pixels are upright. */
const sentTypes: readonly string[] = ['png', 'jpeg', 'gif', 'webp'];

interface SentPicture extends Size {
  readonly type: string;
  readonly base64: string;
}

const bytesAtOnce = 3 << 13; // a multiple of 3 has no padding inside

function base64Of(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += bytesAtOnce)
    parts.push(btoa(String.fromCharCode(...bytes.subarray(at, at + bytesAtOnce))));
  return parts.join('');
}

async function bytesOf(
  file: PortableFile,
  label: string,
  signal?: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  if (file.kind === 'url')
    return bytesOf({ kind: 'blob', blob: await fetchMedia(file.url, label, signal) }, label);
  try {
    return file.kind === 'path'
      ? await bytesOfPath(file.path)
      : new Uint8Array(await file.blob.arrayBuffer());
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Molmo2Error('media-unreadable', `${label} cannot be read: ${reason}. Check the path or file.`, {
      cause,
    });
  }
}

async function written(
  image: PortableImage,
  label: string,
  signal?: AbortSignal,
): Promise<WrittenPicture & { readonly type: string }> {
  if (image.kind === 'bitmap') return { type: 'png', ...(await pngOfBitmap(image.bitmap)) };
  if (image.kind === 'picture') return { type: 'png', ...(await pngOfPixels(image.picture)) };
  const bytes = await bytesOf(image, label, signal);
  const { type, width, height } = pictureHeader(bytes, label);
  if (sentTypes.includes(type) && orientationOf(bytes, type) === 1) return { type, bytes, width, height };
  return { type: 'png', ...(await uprightPng(bytes, label)) };
}

async function sentPictures(
  pictures: readonly PortableImage[],
  label: (i: number) => string,
  { signal, onMedia }: MediaLimits,
): Promise<SentPicture[]> {
  const sent: SentPicture[] = [];
  for (const [i, picture] of pictures.entries()) {
    signal?.throwIfAborted();
    const { type, bytes, width, height } = await written(picture, label(i), signal);
    sent.push({ type, width, height, base64: base64Of(bytes) });
    onMedia(sent.length, pictures.length);
  }
  return sent;
}

const sizeOf = ({ width, height }: Size): Size => ({ width, height });

/** Milliseconds: a server divides the numbers of frames by their rate, and so knows the time of each. */
const framesPerSec = 1000;

/** Frames as one list. Servers do not look at their EXIF, and stack them. */
async function sentFrames(
  video: Extract<PortableVideo, { kind: 'frames' }>,
  limits: MediaLimits,
): Promise<SentMedia> {
  const { timestamps } = video;
  const frames = await sentPictures(video.frames, (i) => `Frame ${i + 1} of the video`, limits);
  const [first] = frames;
  const other = frames.findIndex((frame) => frame.width !== first?.width || frame.height !== first.height);
  if (!first || other >= 0)
    throw new RangeError(
      `All frames of a video must have one size: frame ${other + 1} is ${frames[other]?.width} x ${frames[other]?.height}, the first is ${first?.width} x ${first?.height}.`,
    );
  const indices = timestamps.map((sec) => Math.round(sec * framesPerSec));
  const lastSec = timestamps.at(-1) ?? 0;
  return {
    info: { kind: 'video', sizes: [sizeOf(first)], timestamps, durationSec: lastSec },
    images: [],
    video: `data:video/jpeg;base64,${frames.map(({ base64 }) => base64).join(',')}`,
    fields: {
      media_io_kwargs: {
        video: {
          num_frames: frames.length,
          fps: framesPerSec,
          frames_indices: indices,
          total_num_frames: (indices.at(-1) ?? 0) + 1,
          duration: lastSec,
          do_sample_frames: false,
        },
      },
    },
  };
}

/** The released models' own: 2 frames a second and the last one, 384 at most. */
const sampling = { maxFrames: 384, maxFps: 2 };

async function sentFile(file: PortableFile, input: AskInput, limits: MediaLimits): Promise<SentMedia> {
  const { size, mostVideoBytes, signal } = limits;
  if (!size || !(size.width > 0 && size.height > 0))
    throw new Molmo2Error(
      'bad-request',
      'How large the video is, is not known here, and points are pixels of it. Say so with "size": { width, height } as a player shows it (videoWidth and videoHeight of a <video> element), or pass { frames, timestamps }.',
    );
  const { maxFrames = sampling.maxFrames, maxFps = sampling.maxFps } = input;
  let url = file.kind === 'url' && /^https?:/i.test(file.url) ? file.url : null;
  if (url === null) {
    const bytes = await bytesOf(file, 'The video', signal);
    if (bytes.length > mostVideoBytes)
      throw new Molmo2Error(
        'media-too-large',
        `The video has ${bytes.length} bytes, and ${mostVideoBytes} are sent at most. Pass a URL that the server can reach, or { frames, timestamps }, or raise mostVideoBytes.`,
      );
    url = `data:video/mp4;base64,${base64Of(bytes)}`;
  }
  limits.onMedia(1, 1);
  return {
    info: { kind: 'video', sizes: [sizeOf(size)], timestamps: [], durationSec: null },
    images: [],
    video: url,
    fields: {
      media_io_kwargs: {
        video: {
          video_backend: 'molmo2',
          frame_sample_mode: 'uniform_last_frame',
          num_frames: maxFrames,
          max_fps: maxFps,
        },
      },
    },
  };
}

/** Reads what a question shows. Throws Molmo2Error, TypeError or RangeError as the engine does, or the signal's own reason. */
export async function sentMedia(
  input: AskInput,
  images: readonly ImageInput[],
  limits: MediaLimits,
): Promise<SentMedia> {
  if (input.video !== undefined) {
    const { video } = await portableVideo(input.video);
    return video.kind === 'frames' ? sentFrames(video, limits) : sentFile(video, input, limits);
  }
  const portable = await Promise.all(images.map(portableImage));
  const sent = await sentPictures(
    portable.map(({ image }) => image),
    (i) => `Picture ${i + 1}`,
    limits,
  );
  return {
    info: { kind: 'images', sizes: sent.map(sizeOf), timestamps: [], durationSec: null },
    images: sent.map(({ type, base64 }) => `data:image/${type};base64,${base64}`),
    video: null,
    fields: input.maxCrops === undefined ? {} : { mm_processor_kwargs: { max_crops: input.maxCrops } },
  };
}

export { askedTurns } from './asked-turns.ts';
