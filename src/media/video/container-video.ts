// Demuxes with mediabunny and decodes with WebCodecs, or where it cannot with the page's player: exactly one frame for every
// moment of the sampling plan.

import {
  BlobSource,
  EncodedPacketSink,
  Input,
  type InputVideoTrack,
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
import { onAbort } from '../on-abort.ts';
import { refuseHuge } from '../picture/picture-header.ts';
import { openPlayer } from '../player/open-player.ts';
import { seekingNotice, timedPlayer } from '../player/played-video.ts';
import { samplingPlan, type ShownSpan } from '../sampling/frame-times.ts';
import type { FramedVideo, FrameReader } from '../sampling/framed-video.ts';
import { cutNotice, unreadableVideo } from '../unreadable-video.ts';
import { asOneError, decodedReader } from './decoded-frames.ts';
import { decoderConfig } from './decoder-config.ts';
import { listPackets, packetsThere } from './packet-list.ts';
import { ReadingWatch } from './reading-watch.ts';
import { shownSize } from './shown-size.ts';
import { codecOf, convertAdvice, shownTrack } from './video-track.ts';

// It warns of edit lists that it does not apply; here they are.
Logging.level = LogLevel.Errors;

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

interface PlayedTrack {
  readonly frames: readonly ShownFrame[];
  readonly endSec: number;
  readonly label: string;
  readonly signal: AbortSignal | undefined;
}

const demuxer = { BlobSource, EncodedPacketSink, Input, MP4, QTFF };

/** What the page's player shows of a track that this browser does not decode. Throws `media-unreadable` where it shows nothing. */
async function playedReader(
  track: InputVideoTrack,
  file: Blob,
  { frames, endSec, label, signal }: PlayedTrack,
): Promise<FrameReader> {
  const codec = await codecOf(track);
  const player = await openPlayer(file, signal);
  if (!player)
    throw unreadableVideo(label, `is coded as ${codec}, which this browser cannot decode`, convertAdvice);
  const notice = seekingNotice(label, `this browser's decoder for pages refuses ${codec}`);
  return { ...(await timedPlayer(player, frames, endSec, label, signal)), notice };
}

export async function openContainer(file: Blob, label: string, signal?: AbortSignal): Promise<FramedVideo> {
  signal?.throwIfAborted();
  const { blob, isCut } = await mendEnd(file);
  const watch = new ReadingWatch();
  const input = new Input({
    formats: [MP4, QTFF, WEBM, MATROSKA],
    source: watch.watched(new BlobSource(blob)),
  });
  const dispose = () => input.dispose();
  const leave = onAbort(signal, dispose);
  try {
    signal?.throwIfAborted();
    const claimed = await impossibleFrames(blob);
    if (claimed !== null)
      throw new Error(`its index names ${claimed} frames, more than ${blob.size} bytes can hold`);
    const track = await watch.guard(shownTrack(input, blob, label));
    const config = await watch.guard(decoderConfig(track));
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
    const size = await watch.guard(shownSize(track));
    refuseHuge(size.width, size.height, label);
    refuseHuge(await track.getCodedWidth(), await track.getCodedHeight(), label);
    const durationSec = span.endSec - span.firstSec;
    const reader = config
      ? decodedReader({ watch, track, sink, packets, config, frames, ...size }, span.endSec, label)
      : await playedReader(track, blob, { frames, endSec: span.endSec, label, signal });
    const notices = [
      ...(isEndMissing ? [cutNotice(label, durationSec)] : []),
      ...(reader.notice === undefined ? [] : [reader.notice]),
    ];
    const close = () => {
      input.dispose();
      reader.close?.();
    };
    async function* closing<T>(values: AsyncGenerator<T>, frameSignal?: AbortSignal): AsyncGenerator<T> {
      frameSignal?.throwIfAborted();
      // Disposing ends a read that would otherwise be waited for.
      const stop = onAbort(frameSignal, dispose);
      try {
        yield* values;
      } finally {
        stop();
      }
    }
    return {
      width: reader.width,
      height: reader.height,
      durationSec,
      orientation: reader.orientation,
      frameCount: frames.length,
      ...(notices.length > 0 && { notices }),
      isSampled: true,
      sample(sampling) {
        const plan = samplingPlan(span, sampling);
        return {
          timestamps: plan.timestamps,
          startSec: plan.startSec,
          frames: (frameSignal) => closing(reader.pictures(plan, frameSignal), frameSignal),
        };
      },
      everyFrame: (frameSignal) => closing(reader.everyFrame(frameSignal), frameSignal),
      close,
    };
  } catch (cause) {
    dispose();
    throw asOneError(cause, label, 'cannot be opened', signal);
  } finally {
    leave();
  }
}
