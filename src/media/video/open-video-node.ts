// Opens a video in Node, through an ffmpeg that is installed on the machine.

import type { PortableVideo, VideoSampling, VideoSource, WholeVideo } from '../media-types.ts';
import { openFrameList } from './frame-list.ts';
import { samplingPlan } from '../sampling/frame-times.ts';
import { sampledSource } from '../sampling/sampled-source.ts';
import { openVideoFile } from './video-file.ts';

/**
 * Opens a video; `label` names it in errors. Throws `media-unreadable` (also where ffmpeg is not installed), `network` or
 * the signal's reason.
 */
export async function openWholeVideo(
  input: PortableVideo,
  label: string,
  signal?: AbortSignal,
): Promise<WholeVideo> {
  signal?.throwIfAborted();
  if (input.kind === 'frames') return openFrameList(input, label, signal);
  const file = await openVideoFile(input, label, signal);
  return {
    width: file.width,
    height: file.height,
    durationSec: file.span.endSec - file.span.firstSec,
    ...(file.notices.length > 0 && { notices: file.notices }),
    isSampled: true,
    sample(sampling) {
      const { timestamps, startSec, momentsSec } = samplingPlan(file.span, sampling);
      return { timestamps, startSec, frames: (frameSignal) => file.pictures(momentsSec, frameSignal) };
    },
    close: file.close,
  };
}

/** Opens a video and chooses its times. Throws as `openWholeVideo` does, and `bad-request` for a start behind the end. */
export async function openVideo(
  input: PortableVideo,
  sampling: VideoSampling,
  label: string,
  signal?: AbortSignal,
): Promise<VideoSource> {
  return sampledSource(await openWholeVideo(input, label, signal), sampling);
}
