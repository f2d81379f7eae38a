// Videos that the page's own player shows and WebCodecs does not decode: their frames are taken by seeking.

import { Molmo2Error } from '../../errors.ts';
import type { ShownFrame } from '../container/shown-frames.ts';
import type { WholeVideo } from '../media-types.ts';
import { bitmapPixels } from '../picture/bitmap-pixels.ts';
import { refuseHuge } from '../picture/picture-header.ts';
import type { Picture } from '../picture.ts';
import { samplingPlan, type SamplingPlan, type ShownSpan } from '../sampling/frame-times.ts';
import type { FrameReader, TimedFrame } from '../sampling/framed-video.ts';
import { unreadableVideo } from '../unreadable-video.ts';
import type { FramePlayer, PlayedFrame } from './frame-player.ts';
import { openPlayer } from './open-player.ts';

const advice =
  'Play it in the page to see whether it is damaged, or convert it to H.264 in MP4, or VP9 or AV1 in WebM.';

/** What is told of such a video; `why` says what is the matter with it, as the end of a sentence. */
export function seekingNotice(label: string, why: string): string {
  return `The frames of ${label} are taken by seeking the page's own player, because ${why}: slower, and as the player shows them.`;
}

/** When the frames of a container are shown, on the clock of the container and on that of the player. */
interface PlayedTimes {
  readonly starts: readonly number[];
  readonly endSec: number;
  /** How much later the player shows a frame: an edit list may begin with a pause. */
  readonly lateSec: number;
}

/** The middle of a frame, on the player's clock: no rounding takes it out of the frame. */
function middleOf({ starts, endSec, lateSec }: PlayedTimes, index: number): number {
  const startSec = starts[index] ?? 0;
  return lateSec + (startSec + Math.max(starts[index + 1] ?? endSec, startSec)) / 2;
}

/** For each moment, ascending, the middle of the frame that is shown then. */
function middlesAt(times: PlayedTimes, momentsSec: readonly number[]): number[] {
  let index = 0;
  return momentsSec.map((momentSec) => {
    while ((times.starts[index + 1] ?? Infinity) <= momentSec) index++;
    return middleOf(times, index);
  });
}

/** The frame that the player shows at a moment; `at` is that moment as a user counts. */
async function playedFrame(
  player: FramePlayer,
  seekSec: number,
  at: number,
  label: string,
  signal?: AbortSignal,
): Promise<PlayedFrame> {
  try {
    return await player.frameAt(seekSec, signal);
  } catch (cause) {
    signal?.throwIfAborted();
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw unreadableVideo(label, `cannot be played at ${at.toFixed(2)} s (${reason})`, advice, cause);
  }
}

/** The pictures of the plan's moments, for each of which the player is sought at `seeksSec`. */
async function* playedPictures(
  player: FramePlayer,
  { startSec, timestamps }: SamplingPlan,
  seeksSec: readonly number[],
  label: string,
  signal?: AbortSignal,
): AsyncGenerator<Picture> {
  let last: { readonly seekSec: number; readonly picture: Picture } | undefined;
  for (const [i, seekSec] of seeksSec.entries()) {
    signal?.throwIfAborted();
    if (last?.seekSec !== seekSec) {
      const at = startSec + (timestamps[i] ?? 0);
      const { bitmap } = await playedFrame(player, seekSec, at, label, signal);
      try {
        last = { seekSec, picture: await bitmapPixels(bitmap, true) };
      } finally {
        bitmap.close();
      }
    }
    yield last.picture;
  }
}

async function* playedFrames(
  player: FramePlayer,
  times: PlayedTimes,
  label: string,
  signal?: AbortSignal,
): AsyncGenerator<TimedFrame> {
  const { starts, endSec } = times;
  for (const [i, startSec] of starts.entries()) {
    const { bitmap } = await playedFrame(player, middleOf(times, i), startSec, label, signal);
    const frame = new VideoFrame(bitmap, { timestamp: Math.round(startSec * 1e6) });
    bitmap.close();
    try {
      yield { frame, startSec, endSec: starts[i + 1] ?? endSec };
    } finally {
      frame.close();
    }
  }
}

/** The frames of a container, whose times are known, by the player; it is closed with them. Throws the signal's reason. */
export async function timedPlayer(
  player: FramePlayer,
  frames: readonly ShownFrame[],
  endSec: number,
  label: string,
  signal?: AbortSignal,
): Promise<FrameReader> {
  const close = () => player.close();
  try {
    refuseHuge(player.width, player.height, label);
    const first = await playedFrame(player, 0, 0, label, signal);
    first.bitmap.close();
    const starts = frames.map(({ startSec }) => startSec);
    const lateSec = first.startSec === null ? 0 : first.startSec - (starts[0] ?? 0);
    const times = { starts, endSec, lateSec };
    return {
      width: player.width,
      height: player.height,
      orientation: { rotation: 0, flip: false },
      pictures: (plan, own) => playedPictures(player, plan, middlesAt(times, plan.momentsSec), label, own),
      everyFrame: (own) => playedFrames(player, times, label, own),
      close,
    };
  } catch (cause) {
    close();
    throw cause;
  }
}

/** A player's clock is in microseconds, and rounds down. */
const tickSec = 2e-6;

/**
 * A file that no demuxer of ours reads, by the player alone; null where there is no player, or where it does not play it.
 * Throws the signal's reason.
 */
export async function openPlayedFile(
  file: Blob,
  label: string,
  signal?: AbortSignal,
): Promise<WholeVideo | null> {
  const player = await openPlayer(file, signal);
  if (!player) return null;
  try {
    const { width, height } = player;
    refuseHuge(width, height, label);
    const span: ShownSpan = await player.span(signal);
    if (!(span.endSec > span.firstSec)) throw new Error('its end was not found');
    return {
      width,
      height,
      durationSec: span.endSec - span.firstSec,
      notices: [seekingNotice(label, 'its container is none that is read otherwise')],
      isSampled: true,
      sample(sampling) {
        const plan = samplingPlan(span, sampling);
        const seeksSec = plan.momentsSec.map((momentSec) => Math.min(momentSec + tickSec, span.endSec));
        return {
          timestamps: plan.timestamps,
          startSec: plan.startSec,
          frames: (frameSignal) => playedPictures(player, plan, seeksSec, label, frameSignal),
        };
      },
      close: () => player.close(),
    };
  } catch (cause) {
    player.close();
    signal?.throwIfAborted();
    if (cause instanceof Molmo2Error) throw cause;
    return null;
  }
}
