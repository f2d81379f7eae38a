// The frames of a video file at given times, decoded as they were for the answer.

import type { VideoInput } from '../src/index.ts';
import { portableVideo } from '../src/media/portable-media.ts';
import { openVideoFile } from '../src/media/video/video-file.ts';
import type { Size } from './sheet-layout.ts';

/** A frame that starts this little after the time asked for is still the one shown then. */
const slackSec = 1e-6;

/** RGB pixels of the frames shown at `timestamps`, in seconds from the first frame, scaled to `size`. */
export async function videoFrames(
  input: VideoInput,
  timestamps: readonly number[],
  { width, height }: Size,
  signal: AbortSignal,
): Promise<readonly Uint8Array[]> {
  const { video } = await portableVideo(input);
  if (video.kind === 'frames') throw new TypeError('these frames are pictures already');
  const { default: sharp } = await import('sharp');
  const file = await openVideoFile(video, 'The video', signal);
  try {
    const moments = timestamps.map((time) => file.span.firstSec + time + slackSec);
    const pixels: Uint8Array[] = [];
    for await (const picture of file.pictures(moments, signal)) {
      const raw = { width: picture.width, height: picture.height, channels: 3 as const };
      pixels.push(await sharp(picture.data, { raw }).resize(width, height, { fit: 'fill' }).raw().toBuffer());
    }
    return pixels;
  } finally {
    file.close();
  }
}
