// The track of a container that is shown, checked to be one that this browser decodes.

import type { Input, InputVideoTrack } from 'mediabunny';
import { isSoundFile } from '../container/sound-file.ts';
import { decoderConfig } from './decoder-config.ts';
import { describeStrangeFile, unreadableVideo, workingVideos } from '../unreadable-video.ts';

export const convertAdvice = 'Convert it to H.264 in MP4, or VP9 or AV1 in WebM.';

function soundOnly(label: string): Error {
  return unreadableVideo(label, 'holds sound but no video', 'Choose a file with pictures.');
}

async function undecodable(track: InputVideoTrack, label: string): Promise<Error> {
  const internal = await track.getInternalCodecId();
  const codec =
    (await track.getCodecParameterString()) ?? (typeof internal === 'string' ? internal : 'unknown');
  const name = (await track.getCodec())?.toUpperCase() ?? 'a codec';
  return unreadableVideo(
    label,
    `is coded as ${name} (${codec}), which this browser cannot decode`,
    convertAdvice,
  );
}

/** Throws `media-unreadable` where there is no such track. */
export async function decodableTrack(
  input: Input,
  blob: Blob,
  label: string,
): Promise<{ readonly track: InputVideoTrack; readonly config: VideoDecoderConfig }> {
  if (!(await input.canRead())) {
    const head = new Uint8Array(await blob.slice(0, 1 << 16).arrayBuffer());
    if (isSoundFile(head)) throw soundOnly(label);
    throw unreadableVideo(label, describeStrangeFile(head, blob.size), workingVideos);
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
  const config = await decoderConfig(track);
  if (!config) throw await undecodable(track, label);
  return { track, config };
}
