// The one error for a video that cannot be used, what its bytes look like, and what is told of one that is cut off.

import { imageDimensionsFromData } from 'image-dimensions';
import { Molmo2Error } from '../errors.ts';

/** `found` says what was seen, as the end of a sentence that begins with the video's name. */
export function unreadableVideo(label: string, found: string, advice: string, cause?: unknown): Molmo2Error {
  return new Molmo2Error('media-unreadable', `${label} ${found}. ${advice}`, { cause });
}

/** What is told of a file that ends before its last frame; `durationSec` is how long its frames last. */
export function cutNotice(label: string, durationSec: number): string {
  return `${label} is cut off: what follows ${durationSec.toFixed(2)} s is missing. Download it again to ask about all of it.`;
}

export const workingVideos = 'Videos in MP4, MOV, WebM and MKV work.';

/** Whether the bytes begin like a picture of a kind that browsers show. */
export function isPicture(head: Uint8Array): boolean {
  return imageDimensionsFromData(head) !== undefined;
}

/** For bytes that no demuxer knows: empty, a picture, or something else. */
export function describeStrangeFile(head: Uint8Array, byteLength: number): string {
  if (byteLength === 0) return 'cannot be opened: the file is empty (0 bytes)';
  const picture = imageDimensionsFromData(head);
  if (picture) return `is a picture (${picture.type.toUpperCase()}), not a video`;
  return `cannot be opened: ${byteLength} bytes, not recognised as a video`;
}
