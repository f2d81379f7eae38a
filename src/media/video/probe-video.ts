// What ffprobe says about a file: which track is shown, in what size, and what is stored of its packets.

import type { Orientation } from '../picture/orient.ts';
import { refuseHuge } from '../picture/picture-header.ts';
import { orientationOf, parseMatrix } from '../ffmpeg/display-matrix.ts';
import { bracketed, type InputFile, inputArgs, programOutput } from '../ffmpeg/ffmpeg.ts';
import { describeStrangeFile, isPicture, unreadableVideo, workingVideos } from '../unreadable-video.ts';

/** A local file; `head` are its first bytes. */
export interface VideoFile extends InputFile {
  readonly head: Uint8Array;
  readonly byteLength: number;
}

/** The families whose packets carry exact times, transport streams, which are broken off anywhere, and all others. */
export type Container = 'mov' | 'matroska' | 'transport' | 'other';

export interface ProbedTrack {
  /** The stream's number in the file. */
  readonly index: number;
  /** The track's number in its container. */
  readonly trackId: number;
  /** As ffmpeg names it. */
  readonly codec: string;
  /** Pixels as they are coded, before rotation. */
  readonly codedWidth: number;
  readonly codedHeight: number;
  readonly orientation: Orientation;
  /** Pixels as a player shows them: after rotation, stretched to square pixels. */
  readonly width: number;
  readonly height: number;
  /** Whether the file says with which matrix its colours were coded. */
  readonly hasColourMatrix: boolean;
  readonly container: Container;
  /** How many frames the file says it holds; 0 where it does not say. */
  readonly announcedFrames: number;
}

interface ProbedStream {
  readonly index: number;
  readonly id?: string;
  readonly codec_type?: string;
  readonly codec_name?: string;
  readonly width?: number;
  readonly height?: number;
  readonly nb_frames?: string;
  readonly bit_rate?: string;
  readonly sample_aspect_ratio?: string;
  readonly color_space?: string;
  readonly disposition?: { readonly default?: number; readonly attached_pic?: number };
  readonly side_data_list?: readonly { readonly displaymatrix?: string }[];
}

export interface StoredPacket {
  readonly pts_time?: string;
  readonly duration_time?: string;
  /** Holds D where an edit list hides the packet. */
  readonly flags?: string;
}

interface Probed {
  readonly format?: { readonly format_name?: string };
  readonly streams?: readonly ProbedStream[];
  readonly packets?: readonly StoredPacket[];
}

const entries =
  'format=format_name:stream=index,id,codec_type,codec_name,width,height,nb_frames,bit_rate,sample_aspect_ratio,color_space:' +
  'stream_disposition=default,attached_pic:stream_side_data=displaymatrix';

async function probe(
  file: InputFile,
  args: readonly string[],
  label: string,
  signal?: AbortSignal,
): Promise<Probed & { complaint: string }> {
  const { text, complaint } = await programOutput(
    'ffprobe',
    ['-v', 'error', '-of', 'json', ...args, ...inputArgs(file)],
    label,
    signal,
  );
  try {
    return { ...(JSON.parse(text) as Probed), complaint };
  } catch {
    return { complaint };
  }
}

/** The size with square pixels, which widens or heightens but never shrinks, after rotation. */
function shownSize(stream: ProbedStream, { rotation }: Orientation): { width: number; height: number } {
  const [w, h] = [stream.width ?? 0, stream.height ?? 0];
  const [num = 1, den = 1] = (stream.sample_aspect_ratio ?? '1:1').split(':').map(Number);
  const aspect = num > 0 && den > 0 ? num / den : 1;
  const [width, height] = aspect > 1 ? [Math.round(w * aspect), h] : [w, Math.round(h / aspect)];
  return rotation % 180 === 90 ? { width: height, height: width } : { width, height };
}

/** The track that the page would show: one marked as the default, of several the one with the highest bit rate. */
function shownStream(streams: readonly ProbedStream[]): ProbedStream | undefined {
  const rank = ({ disposition, bit_rate = '0' }: ProbedStream) =>
    (disposition?.default === 1 ? 1e15 : 0) + (Number(bit_rate) || 0);
  return streams
    .filter((stream) => stream.codec_type === 'video' && stream.disposition?.attached_pic !== 1)
    .toSorted((a, b) => rank(b) - rank(a))[0];
}

function containerOf(formatName: string): Container {
  const names = formatName.split(',');
  if (names.includes('mpegts')) return 'transport';
  return names.includes('mov') ? 'mov' : names.includes('matroska') ? 'matroska' : 'other';
}

/**
 * Leaves out packets whose end is missing: no decoder makes a whole frame of one. Only in transport streams this flag
 * says that something was lost on the way.
 */
export function wholeOnly(container: Container): readonly string[] {
  return container === 'transport' ? [] : ['-fflags', '+discardcorrupt'];
}

/** Whether packets carry exact times, and durations. */
export function hasExactTimes(container: Container): container is 'mov' | 'matroska' {
  return container === 'mov' || container === 'matroska';
}

function packetArgs(index: number): string[] {
  return ['-select_streams', String(index), '-show_entries', 'packet=pts_time,duration_time,flags'];
}

/** Finds the track that is shown. Throws `media-unreadable` where there is none. */
export async function probeTrack(file: VideoFile, label: string, signal?: AbortSignal): Promise<ProbedTrack> {
  const { head, byteLength } = file;
  const strange = () => describeStrangeFile(head, byteLength);
  if (byteLength === 0 || isPicture(head)) throw unreadableVideo(label, strange(), workingVideos);
  const { format, streams = [], complaint } = await probe(file, ['-show_entries', entries], label, signal);
  const stream = shownStream(streams);
  if (!stream) {
    if (streams.some(({ codec_type }) => codec_type === 'audio'))
      throw unreadableVideo(label, 'holds sound but no video', 'Choose a file with pictures.');
    const reason = complaint.includes('whitelist') ? '' : bracketed(complaint);
    throw unreadableVideo(label, `${strange()}${reason}`, workingVideos);
  }
  const { displaymatrix } = stream.side_data_list?.find((data) => data.displaymatrix !== undefined) ?? {};
  const orientation = orientationOf(displaymatrix === undefined ? [] : parseMatrix(displaymatrix));
  const shown = shownSize(stream, orientation);
  refuseHuge(stream.width ?? 0, stream.height ?? 0, label);
  refuseHuge(shown.width, shown.height, label);
  return {
    index: stream.index,
    trackId: Number(stream.id),
    codec: stream.codec_name ?? '',
    codedWidth: stream.width ?? 0,
    codedHeight: stream.height ?? 0,
    orientation,
    ...shown,
    hasColourMatrix: (stream.color_space ?? 'unknown') !== 'unknown',
    container: containerOf(format?.format_name ?? ''),
    announcedFrames: Number(stream.nb_frames ?? 0) || 0,
  };
}

export interface StoredPackets {
  /** Those that are read for the frames shown. */
  readonly packets: readonly StoredPacket[];
  /** Whether the file announces more frames than it holds. */
  readonly isShort: boolean;
}

/** What the container stores of each packet; one whose end is missing is none where the container tells. */
export async function storedPackets(
  file: InputFile,
  { index, container, announcedFrames }: ProbedTrack,
  label: string,
  signal?: AbortSignal,
): Promise<StoredPackets> {
  const list = async (...options: string[]) => {
    const { packets = [] } = await probe(file, [...options, ...packetArgs(index)], label, signal);
    return packets;
  };
  // Where a block has no duration, ffprobe fills in a guess from the tick of the clock unless it is told not to.
  const own = [...wholeOnly(container), ...(container === 'matroska' ? ['-fflags', '+nofillin'] : [])];
  const packets = await list(...own);
  if (announcedFrames <= packets.length) return { packets, isShort: false };
  // An edit list may show few of the frames; without it all that are stored are counted.
  const { length } = container === 'mov' ? await list(...own, '-ignore_editlist', '1') : packets;
  return { packets, isShort: announcedFrames > length };
}
