// An animated picture as a video: its frames one after the other, once, decoded by the browser's ImageDecoder.

import { Molmo2Error } from '../../errors.ts';
import { framePicture } from '../picture/frame-picture.ts';
import type { Picture } from '../picture.ts';
import { refuseHuge } from '../picture/picture-header.ts';
import { samplingPlan } from '../sampling/frame-times.ts';
import type { FramedVideo, TimedFrame } from '../sampling/framed-video.ts';
import { SilenceWatch } from '../silence-watch.ts';
import { unreadableVideo } from '../unreadable-video.ts';
import { type MovingFrames, movingFrames } from './moving-frames.ts';
import { frameAt, frameStarts, refuseEndless } from './moving-times.ts';

const upright = { rotation: 0, flip: false } as const;
const advice = 'Save it as MP4 or WebM, and choose that file.';

interface OpenMoving extends MovingFrames {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly label: string;
  readonly starts: readonly number[];
}

/** The frames of these numbers, ascending; each is closed once the next one is asked for. */
async function* decodedFrames(
  { bytes, type, label, starts }: OpenMoving,
  numbers: Iterable<number>,
  signal?: AbortSignal,
): AsyncGenerator<VideoFrame> {
  const watch = new SilenceWatch();
  const decoder = new ImageDecoder({
    data: bytes,
    type: `image/${type}`,
    colorSpaceConversion: 'none',
    premultiplyAlpha: 'none',
    preferAnimation: true,
  });
  let current = 0;
  try {
    for (const number of numbers) {
      signal?.throwIfAborted();
      current = number;
      const { image } = await watch.guard(decoder.decode({ frameIndex: number }));
      try {
        signal?.throwIfAborted();
        yield image;
      } finally {
        image.close();
      }
    }
  } catch (cause) {
    signal?.throwIfAborted();
    if (cause instanceof Molmo2Error) throw cause;
    const at = `${(starts[current] ?? 0).toFixed(2)} s`;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw unreadableVideo(
      label,
      `cannot be decoded at ${at} (${reason})`,
      'The file is damaged or cut off.',
      cause,
    );
  } finally {
    decoder.close();
  }
}

/** The pictures of moments, ascending. */
async function* pictures(
  open: OpenMoving,
  momentsSec: readonly number[],
  signal?: AbortSignal,
): AsyncGenerator<Picture> {
  const numbers = momentsSec.map((momentSec) => frameAt(open.starts, momentSec));
  const frames = decodedFrames(open, new Set(numbers), signal);
  let last: { readonly number: number; readonly picture: Picture } | undefined;
  try {
    for (const number of numbers) {
      signal?.throwIfAborted();
      if (last?.number !== number) {
        const { value: frame } = await frames.next();
        if (!frame) return;
        last = { number, picture: await framePicture(frame, open, upright) };
      }
      yield last.picture;
    }
  } finally {
    await frames.return(undefined);
  }
}

async function* everyFrame(open: OpenMoving, signal?: AbortSignal): AsyncGenerator<TimedFrame> {
  const { starts, durationsSec } = open;
  let number = 0;
  for await (const frame of decodedFrames(open, durationsSec.keys(), signal)) {
    const startSec = starts[number] ?? 0;
    yield { frame, startSec, endSec: startSec + (durationsSec[number] ?? 0) };
    number++;
  }
}

/**
 * A picture that moves as a video; null for every other file. Throws `media-unreadable` where the browser cannot take it apart,
 * `media-too-large`.
 */
export async function openMoving(
  file: Blob,
  label: string,
  signal?: AbortSignal,
): Promise<FramedVideo | null> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  signal?.throwIfAborted();
  const moving = movingFrames(bytes);
  if (!moving) return null;
  const { type, width, height, durationsSec } = moving;
  refuseHuge(width, height, label);
  refuseEndless(moving, label);
  const canDecode =
    typeof ImageDecoder !== 'undefined' && (await ImageDecoder.isTypeSupported(`image/${type}`));
  if (!canDecode)
    throw unreadableVideo(
      label,
      `is an animated picture (${type.toUpperCase()}), which this browser does not take apart: it has no ImageDecoder for it`,
      advice,
    );
  const { starts, endSec } = frameStarts(durationsSec);
  const open = { ...moving, bytes, label, starts };
  const span = { firstSec: 0, endSec, fps: starts.length / endSec };
  return {
    width,
    height,
    durationSec: endSec,
    orientation: upright,
    frameCount: starts.length,
    isSampled: true,
    sample(sampling) {
      const plan = samplingPlan(span, sampling);
      return {
        timestamps: plan.timestamps,
        startSec: plan.startSec,
        frames: (frameSignal) => pictures(open, plan.momentsSec, frameSignal),
      };
    },
    everyFrame: (frameSignal) => everyFrame(open, frameSignal),
    close() {},
  };
}
