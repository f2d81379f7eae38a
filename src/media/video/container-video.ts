// Demuxes with mediabunny and decodes with WebCodecs: exactly one frame for every moment of the sampling plan.

import {
  BlobSource,
  EncodedPacketSink,
  Input,
  type InputVideoTrack,
  MATROSKA,
  MP4,
  QTFF,
  type VideoSample,
  VideoSampleSink,
  WEBM,
} from 'mediabunny';
import { Molmo2Error } from '../../errors.ts';
import { samplingPlan, type SamplingPlan, type ShownSpan } from './frame-times.ts';
import type { VideoSampling, VideoSource } from '../media-types.ts';
import { orient } from '../picture/orient.ts';
import type { Picture } from '../picture.ts';
import { describeStrangeFile, unreadableVideo, workingVideos } from './unreadable-video.ts';

const timesOnly = { metadataOnly: true } as const;
const convertAdvice = 'Convert it to H.264 in MP4, or VP9 or AV1 in WebM.';

/** Packets are stored in decoding order; none is shown more than this many packets after its place. */
const deepestReordering = 32;

/** The start of the first frame with a presentation time of 0 or more; an edit list hides what lies before. */
async function firstShownSec(track: InputVideoTrack, sink: EncodedPacketSink): Promise<number | undefined> {
  const begin = await track.getFirstTimestamp();
  if (begin >= 0) return begin;
  const keyPacket = await sink.getKeyPacket(0, timesOnly);
  let earliest: number | undefined;
  let seen = 0;
  for await (const { timestamp } of sink.packets(keyPacket ?? undefined, undefined, timesOnly)) {
    if (timestamp >= 0 && timestamp < (earliest ?? Infinity)) earliest = timestamp;
    if (earliest !== undefined && ++seen > deepestReordering) break;
  }
  return earliest;
}

/** Where the shown frames begin and end. A last frame without duration gets its predecessor's. */
async function shownSpan(
  track: InputVideoTrack,
  mode: VideoSampling['mode'],
): Promise<ShownSpan | undefined> {
  const sink = new EncodedPacketSink(track);
  const last = await sink.getPacket(Infinity, timesOnly);
  const firstSec = last ? await firstShownSec(track, sink) : undefined;
  if (!last || firstSec === undefined) return undefined;
  let lastDuration = last.duration;
  if (!(lastDuration > 0) && last.timestamp > firstSec) {
    const previous = await sink.getPacket(last.timestamp - 1e-6, timesOnly);
    lastDuration = previous ? last.timestamp - previous.timestamp : 0;
  }
  const endSec = last.timestamp + lastDuration;
  // Only the mode `fps` needs the rate, and finding it reads the whole file.
  const fps = mode === 'fps' ? (await track.computePacketStats()).averagePacketRate : undefined;
  return { firstSec, endSec, fps };
}

/** The video track, checked to be one that this browser decodes. */
async function decodableTrack(input: Input, blob: Blob, label: string): Promise<InputVideoTrack> {
  if (!(await input.canRead())) {
    const head = new Uint8Array(await blob.slice(0, 1 << 16).arrayBuffer());
    throw unreadableVideo(label, describeStrangeFile(head, blob.size), workingVideos);
  }
  const track = await input.getPrimaryVideoTrack();
  if (!track) {
    const isSound = (await input.getPrimaryAudioTrack()) !== null;
    throw isSound
      ? unreadableVideo(label, 'holds sound but no video', 'Choose a file with pictures.')
      : unreadableVideo(
          label,
          `holds no video track (${blob.size} bytes); a recording that was cut off before its index looks like this`,
          'Record or download it again.',
        );
  }
  if (!(await track.canDecode())) {
    const internal = await track.getInternalCodecId();
    const codec =
      (await track.getCodecParameterString()) ?? (typeof internal === 'string' ? internal : 'unknown');
    const name = (await track.getCodec())?.toUpperCase() ?? 'a codec';
    throw unreadableVideo(
      label,
      `is coded as ${name} (${codec}), which this browser cannot decode`,
      convertAdvice,
    );
  }
  return track;
}

/** RGBA as a player shows it. Browsers that cannot convert while copying draw the frame instead. */
async function samplePicture(sample: VideoSample): Promise<Picture> {
  const { width, height } = sample.visibleRect;
  const data = new Uint8Array(width * height * 4);
  try {
    await sample.copyTo(data, { format: 'RGBA' });
  } catch (cause) {
    const drawn = drawnPicture(sample);
    if (!drawn) throw cause;
    return drawn;
  }
  return orient({ width, height, channels: 4, data }, { rotation: sample.rotation, flip: sample.flip });
}

function drawnPicture(sample: VideoSample): Picture | undefined {
  const { displayWidth: width, displayHeight: height } = sample;
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (!context) return undefined;
  sample.draw(context, 0, 0);
  return { width, height, channels: 4, data: context.getImageData(0, 0, width, height).data };
}

/** Decoders and readers throw what they like; the user gets one error, or the reason of the cancelling. */
function asOneError(cause: unknown, label: string, what: string, signal?: AbortSignal): unknown {
  if (signal?.aborted) return signal.reason;
  if (cause instanceof Molmo2Error || cause instanceof RangeError) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return unreadableVideo(
    label,
    `${what} (${reason})`,
    `The file is damaged or cut off. ${convertAdvice}`,
    cause,
  );
}

async function* decodedFrames(
  track: InputVideoTrack,
  plan: SamplingPlan,
  label: string,
  signal?: AbortSignal,
): AsyncGenerator<Picture> {
  let next = 0;
  const moment = () => `${(plan.startSec + (plan.timestamps[next] ?? 0)).toFixed(2)} s`;
  try {
    for await (const sample of new VideoSampleSink(track).samplesAtTimestamps(plan.momentsSec)) {
      if (!sample)
        throw unreadableVideo(label, `has no picture at ${moment()}`, 'The file is damaged or cut off.');
      let picture: Picture;
      try {
        signal?.throwIfAborted();
        picture = await samplePicture(sample);
      } finally {
        sample.close();
      }
      yield picture;
      next++;
    }
  } catch (cause) {
    throw asOneError(cause, label, `cannot be decoded at ${moment()}`, signal);
  }
}

/** Calls `stop` when the signal fires, until the returned function is called. */
function onAbort(signal: AbortSignal | undefined, stop: () => void): () => void {
  signal?.addEventListener('abort', stop, { once: true });
  return () => signal?.removeEventListener('abort', stop);
}

export async function openContainer(
  blob: Blob,
  sampling: VideoSampling,
  label: string,
  signal?: AbortSignal,
): Promise<VideoSource> {
  const input = new Input({ formats: [MP4, QTFF, WEBM, MATROSKA], source: new BlobSource(blob) });
  const close = () => input.dispose();
  const leave = onAbort(signal, close);
  try {
    signal?.throwIfAborted();
    const track = await decodableTrack(input, blob, label);
    const span = await shownSpan(track, sampling.mode);
    if (!span)
      throw unreadableVideo(
        label,
        'has a video track without a whole frame',
        'The file is damaged or cut off.',
      );
    const plan = samplingPlan(span, sampling);
    const [width, height] = [await track.getDisplayWidth(), await track.getDisplayHeight()];
    return {
      width,
      height,
      durationSec: plan.durationSec,
      timestamps: plan.timestamps,
      startSec: plan.startSec,
      async *frames(frameSignal) {
        frameSignal?.throwIfAborted();
        // Disposing ends a read or a decoder that would otherwise be waited for.
        const stop = onAbort(frameSignal, close);
        try {
          yield* decodedFrames(track, plan, label, frameSignal);
        } finally {
          stop();
        }
      },
      close,
    };
  } catch (cause) {
    close();
    throw asOneError(cause, label, 'cannot be opened', signal);
  } finally {
    leave();
  }
}
