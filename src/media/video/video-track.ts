// The track of a container that is shown.

import type { Input, InputVideoTrack } from 'mediabunny';
import { isSoundFile } from '../container/sound-file.ts';
import { describeStrangeFile, unreadableVideo, workingVideos } from '../unreadable-video.ts';

export const convertAdvice = 'Convert it to H.264 in MP4, or VP9 or AV1 in WebM.';

function soundOnly(label: string): Error {
  return unreadableVideo(label, 'holds sound but no video', 'Choose a file with pictures.');
}

/** The codec of a track as errors name it. */
export async function codecOf(track: InputVideoTrack): Promise<string> {
  const internal = await track.getInternalCodecId();
  const codec =
    (await track.getCodecParameterString()) ?? (typeof internal === 'string' ? internal : 'unknown');
  const name = (await track.getCodec())?.toUpperCase() ?? 'a codec';
  return `${name} (${codec})`;
}

/** The cause of the error for a file that is in no container known here; a player may know it. */
export class StrangeFile extends Error {}

/** Whether a file begins like one that people write; Unicode's mark of the byte order counts as that. */
function isText(head: Uint8Array): boolean {
  return head.subarray(0, 7).every((byte) => byte === 9 || byte === 10 || byte === 13 || byte >= 32);
}

/** Throws `media-unreadable` where there is none. */
export async function shownTrack(input: Input, blob: Blob, label: string): Promise<InputVideoTrack> {
  if (!(await input.canRead())) {
    const head = new Uint8Array(await blob.slice(0, 1 << 16).arrayBuffer());
    if (isSoundFile(head)) throw soundOnly(label);
    // A playlist is text that a player would fetch further files for.
    const cause = isText(head) ? undefined : new StrangeFile();
    throw unreadableVideo(label, describeStrangeFile(head, blob.size), workingVideos, cause);
  }
  const track = await input.getPrimaryVideoTrack();
  if (!track) {
    if (await input.getPrimaryAudioTrack()) throw soundOnly(label);
    throw unreadableVideo(
      label,
      `holds no video track (${blob.size} bytes); a recording that was cut off before its index looks like this`,
      'Record or download it again.',
    );
  }
  return track;
}
