// Opens a video in Node, through an ffmpeg that is installed on the machine.

import type { PortableVideo, VideoSampling, VideoSource } from '../media-types.ts';
import { openFrameList } from './frame-list.ts';
import { samplingPlan } from './frame-times.ts';
import { openVideoFile } from './video-file.ts';

/**
 * Opens a video and chooses its times; `label` names it in errors. Throws `media-unreadable` (also where ffmpeg is not
 * installed), `network`, `bad-request` (a start behind the end) or the signal's reason.
 */
export async function openVideo(
  input: PortableVideo,
  sampling: VideoSampling,
  label: string,
  signal?: AbortSignal,
): Promise<VideoSource> {
  signal?.throwIfAborted();
  if (input.kind === 'frames') return openFrameList(input, sampling, label, signal);
  const file = await openVideoFile(input, label, signal);
  try {
    const { durationSec, timestamps, startSec, momentsSec } = samplingPlan(file.span, sampling);
    return {
      width: file.width,
      height: file.height,
      durationSec,
      timestamps,
      startSec,
      ...(file.notices.length > 0 && { notices: file.notices }),
      frames: (frameSignal) => file.pictures(momentsSec, frameSignal),
      close: file.close,
    };
  } catch (cause) {
    file.close();
    throw cause;
  }
}
