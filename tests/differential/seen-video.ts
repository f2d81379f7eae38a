// What is seen of a video: its size, its times and the number that each sampled frame carries; or the refusal.

import type { Molmo2Error } from '../../src/errors.ts';
import type { VideoSource } from '../../src/media/media-types.ts';
import type { Picture } from '../../src/media/picture.ts';
import { frameNumber } from '../numbered-frames.ts';

export interface SeenVideo {
  readonly size: readonly [width: number, height: number];
  readonly durationSec: number;
  readonly timestamps: readonly number[];
  /** Null for a frame that is damaged. */
  readonly numbers: readonly (number | null)[];
  /** Whether it is told that the end is missing; undefined where nothing is told of any video. */
  readonly isToldCut?: boolean;
}

export type Seen = SeenVideo | { readonly refused: string; readonly because: string };

function numberOf(picture: Picture, rotation: 0 | 90 | 180 | 270): number | null {
  try {
    return frameNumber(picture, rotation);
  } catch {
    return null;
  }
}

/** Opens and decodes; `rotation` is the turn by which the frames are to be read. */
export async function seenVideo(open: Promise<VideoSource>, rotation: 0 | 90 | 180 | 270): Promise<Seen> {
  try {
    const video = await open;
    try {
      const numbers: (number | null)[] = [];
      for await (const picture of video.frames()) numbers.push(numberOf(picture, rotation));
      const { width, height, durationSec, timestamps, notices = [] } = video;
      const isToldCut = notices.some((notice) => notice.includes('is cut off'));
      return { size: [width, height], durationSec, timestamps, numbers, isToldCut };
    } finally {
      video.close();
    }
  } catch (cause) {
    const { code, message } = cause as Molmo2Error;
    return { refused: code, because: message };
  }
}
