// An open video and one choice of its moments, which live and are closed together.

import type { VideoSampling, VideoSource, WholeVideo } from '../media-types.ts';

/** Chooses the moments of a video that was opened for them alone: where they cannot be, it is closed. */
export function sampledSource(video: WholeVideo, sampling: VideoSampling): VideoSource {
  try {
    const { width, height, durationSec, notices } = video;
    return {
      width,
      height,
      durationSec,
      ...(notices && { notices }),
      ...video.sample(sampling),
      close: () => video.close(),
    };
  } catch (cause) {
    video.close();
    throw cause;
  }
}
