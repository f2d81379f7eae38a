// Demuxes with mediabunny and decodes with WebCodecs: exactly one frame for every moment of the sampling plan.

import {
  BlobSource,
  EncodedPacketSink,
  Input,
  Logging,
  LogLevel,
  MATROSKA,
  MP4,
  QTFF,
  WEBM,
} from 'mediabunny';
import { decodable } from '../container/decode-runs.ts';
import { readEditList } from '../container/edit-list.ts';
import { mendEnd } from '../container/mend-end.ts';
import { impossibleFrames } from '../container/sample-tables.ts';
import { lacksShown, type ShownFrame, shownFrames } from '../container/shown-frames.ts';
import type { StoredPacket } from '../container/stored-packet.ts';
import { Molmo2Error } from '../../errors.ts';
import { samplingPlan, type SamplingPlan, type ShownSpan } from './frame-times.ts';
import type { WholeVideo } from '../media-types.ts';
import type { Orientation } from '../picture/orient.ts';
import type { Picture } from '../picture.ts';
import { decodePackets, type PacketSource } from './decode-packets.ts';
import { FrameDecoder } from './frame-decoder.ts';
import { refuseHuge } from '../picture/picture-header.ts';
import { framePicture, type FrameSize, visibleSize } from '../picture/frame-picture.ts';
import { listPackets, packetsThere } from './packet-list.ts';
import { ReadingWatch } from './reading-watch.ts';
import { shownSize } from './shown-size.ts';
import { cutNotice, unreadableVideo } from './unreadable-video.ts';
import { convertAdvice, decodableTrack } from './video-track.ts';

// It warns of edit lists that it does not apply; here they are.
Logging.level = LogLevel.Errors;

interface OpenTrack extends PacketSource {
  readonly watch: ReadingWatch;
  /** In the order of showing. */
  readonly frames: readonly ShownFrame[];
  readonly orientation: Orientation;
}

/** Where the shown frames begin and end. A last frame without duration gets its predecessor's. */
function shownSpan(packets: readonly StoredPacket[], frames: readonly ShownFrame[]): ShownSpan | undefined {
  const [first, last] = [frames[0], frames.at(-1)];
  if (!first || !last) return undefined;
  const stored = packets[last.packet]?.durationSec ?? 0;
  const gapSec = last.startSec - (frames.at(-2)?.startSec ?? last.startSec);
  const endSec = last.startSec + (stored > 0 ? stored : gapSec);
  const fps = frames.length / Math.max(endSec - first.startSec, 1e-9);
  return { firstSec: first.startSec, endSec, fps };
}

/** Decoders and readers throw what they like; the user gets one error, or the reason of the cancelling. */
function asOneError(cause: unknown, label: string, what: string, signal?: AbortSignal): unknown {
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

/** A frame while it is shown. */
export interface TimedFrame {
  /** Before rotation; closed once the next one is asked for. */
  readonly frame: VideoFrame;
  /** Seconds in the container's own time, which a player calls its current time. */
  readonly startSec: number;
  readonly endSec: number;
}

/** A video in a container, of which each frame can be had. */
export interface ContainerVideo extends WholeVideo {
  readonly orientation: Orientation;
  readonly frameCount: number;
  /** All frames in the order of showing. */
  everyFrame(signal?: AbortSignal): AsyncGenerator<TimedFrame>;
}

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

const demuxer = { BlobSource, EncodedPacketSink, Input, MP4, QTFF };

/** Calls `stop` when the signal fires, until the returned function is called. */
function onAbort(signal: AbortSignal | undefined, stop: () => void): () => void {
  signal?.addEventListener('abort', stop, { once: true });
  return () => signal?.removeEventListener('abort', stop);
}

export async function openContainer(
  file: Blob,
  label: string,
  signal?: AbortSignal,
): Promise<ContainerVideo> {
  signal?.throwIfAborted();
  const { blob, isCut } = await mendEnd(file);
  const watch = new ReadingWatch();
  const input = new Input({
    formats: [MP4, QTFF, WEBM, MATROSKA],
    source: watch.watched(new BlobSource(blob)),
  });
  const close = () => input.dispose();
  const leave = onAbort(signal, close);
  try {
    signal?.throwIfAborted();
    const claimed = await impossibleFrames(blob);
    if (claimed !== null)
      throw new Error(`its index names ${claimed} frames, more than ${blob.size} bytes can hold`);
    const { track, config } = await watch.guard(decodableTrack(input, blob, label));
    const sink = new EncodedPacketSink(track);
    const announced = await watch.guard(listPackets(track, sink, blob.size, () => watch.heard()));
    const edits = await readEditList(blob, track.id);
    const there = await watch.guard(packetsThere(demuxer, blob, track.id, sink, announced, edits));
    const packets = announced.slice(0, there.whole);
    const canDecode = decodable(packets);
    const frames = shownFrames(announced, edits, there).filter(({ packet }) => canDecode[packet]);
    const span = shownSpan(packets, frames);
    if (!span)
      throw unreadableVideo(
        label,
        'has a video track without a whole frame',
        'The file is damaged or cut off.',
      );
    const isEndMissing = isCut || lacksShown(announced, edits, there);
    const { width, height, orientation } = await watch.guard(shownSize(track));
    refuseHuge(width, height, label);
    refuseHuge(await track.getCodedWidth(), await track.getCodedHeight(), label);
    const durationSec = span.endSec - span.firstSec;
    const open = { watch, track, sink, packets, config, frames, orientation };
    async function* closing<T>(values: AsyncGenerator<T>, frameSignal?: AbortSignal): AsyncGenerator<T> {
      frameSignal?.throwIfAborted();
      // Disposing ends a read that would otherwise be waited for.
      const stop = onAbort(frameSignal, close);
      try {
        yield* values;
      } finally {
        stop();
      }
    }
    return {
      width,
      height,
      durationSec,
      orientation,
      frameCount: frames.length,
      ...(isEndMissing && { notices: [cutNotice(label, durationSec)] }),
      isSampled: true,
      sample(sampling) {
        const plan = samplingPlan(span, sampling);
        return {
          timestamps: plan.timestamps,
          startSec: plan.startSec,
          frames: (frameSignal) => closing(decodedPictures(open, plan, label, frameSignal), frameSignal),
        };
      },
      everyFrame: (frameSignal) => closing(timedFrames(open, span.endSec, label, frameSignal), frameSignal),
      close,
    };
  } catch (cause) {
    close();
    throw asOneError(cause, label, 'cannot be opened', signal);
  } finally {
    leave();
  }
}
