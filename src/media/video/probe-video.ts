// What ffprobe says about a video, reduced to what sampling needs.

import { programOutput } from './ffmpeg.ts';
import type { ShownSpan } from './frame-times.ts';
import { describeStrangeFile, unreadableVideo, workingVideos } from './unreadable-video.ts';

export interface ProbedVideo {
  /** Pixels as ffmpeg hands them over: after rotation, before any stretching to square pixels. */
  readonly frameWidth: number;
  readonly frameHeight: number;
  /** Pixels as a player shows them. */
  readonly width: number;
  readonly height: number;
  /** Start of every shown frame in the container's own time, ascending; ffmpeg numbers its frames in this order. */
  readonly startsSec: readonly number[];
  readonly span: ShownSpan;
  /** Whether the file says with which matrix its colours were coded. */
  readonly hasColourMatrix: boolean;
}

interface ProbedStream {
  readonly codec_type?: string;
  readonly width?: number;
  readonly height?: number;
  readonly nb_frames?: string;
  readonly sample_aspect_ratio?: string;
  readonly color_space?: string;
  readonly side_data_list?: readonly { readonly rotation?: number }[];
}

interface Probed {
  readonly streams?: readonly ProbedStream[];
  readonly packets?: readonly {
    readonly pts_time?: string;
    readonly duration_time?: string;
    readonly flags?: string;
  }[];
}

const entries =
  'stream=codec_type,width,height,nb_frames,sample_aspect_ratio,color_space:stream_side_data=rotation';

async function probe(
  args: readonly string[],
  label: string,
  signal?: AbortSignal,
): Promise<Probed & { complaint: string }> {
  const { text, complaint } = await programOutput(
    'ffprobe',
    ['-v', 'error', '-of', 'json', ...args],
    label,
    signal,
  );
  try {
    return { ...(JSON.parse(text) as Probed), complaint };
  } catch {
    return { complaint };
  }
}

/** The frame's size after rotation, and the size with square pixels, which widens or heightens but never shrinks. */
function sizes(stream: ProbedStream): Pick<ProbedVideo, 'frameWidth' | 'frameHeight' | 'width' | 'height'> {
  const [w, h] = [stream.width ?? 0, stream.height ?? 0];
  const [num = 1, den = 1] = (stream.sample_aspect_ratio ?? '1:1').split(':').map(Number);
  const aspect = num > 0 && den > 0 ? num / den : 1;
  const [squareW, squareH] = aspect > 1 ? [Math.round(w * aspect), h] : [w, Math.round(h / aspect)];
  const rotation = stream.side_data_list?.find((data) => data.rotation !== undefined)?.rotation ?? 0;
  return Math.abs(rotation) % 180 === 90
    ? { frameWidth: h, frameHeight: w, width: squareH, height: squareW }
    : { frameWidth: w, frameHeight: h, width: squareW, height: squareH };
}

/** `file` is a path; `head` are its first bytes and `byteLength` its size, for the error message. */
export async function probeVideo(
  file: { readonly path: string; readonly head: Uint8Array; readonly byteLength: number },
  label: string,
  signal?: AbortSignal,
): Promise<ProbedVideo> {
  if (file.byteLength === 0) throw unreadableVideo(label, describeStrangeFile(file.head, 0), workingVideos);
  const found = await probe(['-show_entries', entries, `file:${file.path}`], label, signal);
  const stream = found.streams?.find((one) => one.codec_type === 'video');
  if (!stream) {
    if (found.streams?.some((one) => one.codec_type === 'audio'))
      throw unreadableVideo(label, 'holds sound but no video', 'Choose a file with pictures.');
    const reason = found.complaint.split('\n')[0] ?? '';
    throw unreadableVideo(
      label,
      `${describeStrangeFile(file.head, file.byteLength)}${reason && ` (${reason})`}`,
      workingVideos,
    );
  }
  const packetArgs = ['-select_streams', 'v:0', '-show_entries', 'packet=pts_time,duration_time,flags'];
  const { packets = [] } = await probe([...packetArgs, `file:${file.path}`], label, signal);
  if (Number(stream.nb_frames) > packets.length)
    throw unreadableVideo(
      label,
      `announces ${Number(stream.nb_frames)} frames but holds ${packets.length}`,
      'The file is cut off; record or download it again.',
    );
  const shown = packets
    .filter((packet) => !packet.flags?.includes('D') && Number(packet.pts_time) >= 0)
    .map((packet) => ({ startSec: Number(packet.pts_time), durationSec: Number(packet.duration_time) }))
    .sort((a, b) => a.startSec - b.startSec);
  const [first, last] = [shown[0], shown.at(-1)];
  if (!first || !last)
    throw unreadableVideo(
      label,
      'has a video track without a whole frame',
      'The file is damaged or cut off.',
    );
  const gap = last.startSec - (shown.at(-2)?.startSec ?? last.startSec);
  const endSec = last.startSec + (last.durationSec > 0 ? last.durationSec : gap);
  return {
    ...sizes(stream),
    startsSec: shown.map(({ startSec }) => startSec),
    span: { firstSec: first.startSec, endSec, fps: shown.length / Math.max(endSec - first.startSec, 1e-9) },
    hasColourMatrix: (stream.color_space ?? 'unknown') !== 'unknown',
  };
}
