// The frames of an open track, as the browser's decoder gives them: those of chosen moments as pictures, or all of them.

import { Molmo2Error } from '../../errors.ts';
import type { ShownFrame } from '../container/shown-frames.ts';
import { onAbort } from '../on-abort.ts';
import { framePicture, type FrameSize, visibleSize } from '../picture/frame-picture.ts';
import { refuseHuge } from '../picture/picture-header.ts';
import type { Picture } from '../picture.ts';
import type { SamplingPlan } from '../sampling/frame-times.ts';
import type { FrameReader, TimedFrame } from '../sampling/framed-video.ts';
import { unreadableVideo } from '../unreadable-video.ts';
import { decodePackets, type PacketSource } from './decode-packets.ts';
import { FrameDecoder } from './frame-decoder.ts';
import type { ReadingWatch } from './reading-watch.ts';
import type { ShownSize } from './shown-size.ts';
import { convertAdvice } from './video-track.ts';

/** A track with its frames in the size that they are shown in. */
export interface OpenTrack extends PacketSource, ShownSize {
  readonly watch: ReadingWatch;
  /** In the order of showing. */
  readonly frames: readonly ShownFrame[];
}

/** Decoders and readers throw what they like; the user gets one error, or the reason of the cancelling. */
export function asOneError(cause: unknown, label: string, what: string, signal?: AbortSignal): unknown {
  if (signal?.aborted) return signal.reason;
  if (cause instanceof Molmo2Error) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return unreadableVideo(
    label,
    `${what} (${reason})`,
    `The file is damaged or cut off. ${convertAdvice}`,
    cause,
  );
}

/** For each moment, ascending, the packet of the last frame that starts no later. */
function packetsAt(frames: readonly ShownFrame[], momentsSec: readonly number[]): number[] {
  let index = 0;
  return momentsSec.map((momentSec) => {
    while ((frames[index + 1]?.startSec ?? Infinity) <= momentSec) index++;
    return frames[index]?.packet ?? 0;
  });
}

interface MomentsOfFrame {
  /** Closed once the next one is asked for. */
  readonly frame: VideoFrame;
  /** The moments that show it: from this one on, up to but not including that one. */
  readonly from: number;
  readonly until: number;
}

/** For each moment, ascending, the decoded frame of its packet; `when` says in errors which moment one is. */
async function* decodedFrames(
  track: OpenTrack,
  atMoments: readonly number[],
  when: (moment: number) => string,
  label: string,
  signal?: AbortSignal,
): AsyncGenerator<MomentsOfFrame> {
  const wanted = atMoments.filter((packet, i) => packet !== atMoments[i - 1]);
  let next = 0;
  const noPicture = () =>
    unreadableVideo(label, `has no picture at ${when(next)}`, 'The file is damaged or cut off.');
  const { watch } = track;
  const decoder = new FrameDecoder(track.config);
  decoder.onActivity = () => watch.heard();
  const stop = onAbort(signal, () => decoder.close());
  try {
    for await (const { packet, frame } of watch.each(decodePackets(track, decoder, wanted))) {
      try {
        signal?.throwIfAborted();
        if (packet !== atMoments[next]) throw noPicture();
        const from = next;
        while (atMoments[next] === packet) next++;
        yield { frame, from, until: next };
      } finally {
        frame.close();
      }
    }
    signal?.throwIfAborted();
    if (next < atMoments.length) throw noPicture();
  } catch (cause) {
    throw asOneError(cause, label, `cannot be decoded at ${when(next)}`, signal);
  } finally {
    stop();
    decoder.close();
  }
}

/** The pictures of the plan's moments. */
async function* decodedPictures(
  track: OpenTrack,
  plan: SamplingPlan,
  label: string,
  signal?: AbortSignal,
): AsyncGenerator<Picture> {
  const when = (moment: number) => `${(plan.startSec + (plan.timestamps[moment] ?? 0)).toFixed(2)} s`;
  const atMoments = packetsAt(track.frames, plan.momentsSec);
  let size: FrameSize | undefined;
  for await (const { frame, from, until } of decodedFrames(track, atMoments, when, label, signal)) {
    let picture: Picture;
    try {
      size ??= visibleSize(frame);
      refuseHuge(size.width, size.height, label);
      picture = await track.watch.guard(framePicture(frame, size, track.orientation));
    } catch (cause) {
      throw asOneError(cause, label, `cannot be decoded at ${when(from)}`, signal);
    } finally {
      // Whoever takes the picture may need long for it, and decoders have few frames.
      frame.close();
    }
    for (let i = from; i < until; i++) yield picture;
  }
}

/** Every frame with its times; the last ends at `endSec`. */
async function* timedFrames(
  track: OpenTrack,
  endSec: number,
  label: string,
  signal?: AbortSignal,
): AsyncGenerator<TimedFrame> {
  const { frames } = track;
  const when = (moment: number) => `${(frames[moment]?.startSec ?? 0).toFixed(2)} s`;
  const packets = frames.map(({ packet }) => packet);
  for await (const { frame, from, until } of decodedFrames(track, packets, when, label, signal))
    for (let i = from; i < until; i++)
      yield { frame, startSec: frames[i]?.startSec ?? 0, endSec: frames[i + 1]?.startSec ?? endSec };
}

/** The frames of a track by WebCodecs; the last of them ends at `endSec`. */
export function decodedReader(track: OpenTrack, endSec: number, label: string): FrameReader {
  const { width, height, orientation } = track;
  return {
    width,
    height,
    orientation,
    pictures: (plan, signal) => decodedPictures(track, plan, label, signal),
    everyFrame: (signal) => timedFrames(track, endSec, label, signal),
  };
}
