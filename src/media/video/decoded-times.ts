// When the frames of a video begin, as the decoder hands them over: with edit lists applied, without packets that are
// never a picture, and with times also where the container stores none. Every frame is decoded for it, none is kept.

import type { DecodedFrame } from '../ffmpeg/choose-frames.ts';
import { bracketed, type InputFile, inputArgs, programOutput } from '../ffmpeg/ffmpeg.ts';
import { hasExactTimes, type ProbedTrack, type StoredPacket, wholeOnly } from './probe-video.ts';
import { unreadableVideo } from '../unreadable-video.ts';

/** Of the clock in which frames are told apart. */
export const ticksPerSec = 1e9;

/**
 * The arguments up to the filters; both passes take the same, so that both number the same frames. `input` are options of the
 * input besides.
 */
export function decodeArgs(
  file: InputFile,
  { index, container }: ProbedTrack,
  input: readonly string[] = [],
): string[] {
  // Edit lists may leave frames before time 0, which are not shown; other containers may be cut and joined, and there
  // ffmpeg mends the times unless they are copied.
  const ownTimes = hasExactTimes(container) ? ['-copyts'] : [];
  // Where the size changes in the middle, the filters are kept: building them again would count frames from 0 again.
  const steady = ['-noautorotate', '-reinit_filter', '0'];
  return [
    '-nostdin',
    '-v',
    'error',
    ...ownTimes,
    ...wholeOnly(container),
    ...steady,
    ...input,
    ...inputArgs(file),
    '-map',
    `0:${index}`,
    '-an',
    '-sn',
  ];
}

interface PrintedFrame {
  readonly number: number;
  /** NaN where the decoder knows no time. */
  readonly startSec: number;
}

/** Reads lines such as `frame:12 pts:480000000 pts_time:0.48`. */
function parseFrames(printed: string): PrintedFrame[] {
  return [...printed.matchAll(/^frame:\S+\s+pts:(\S+)/gm)].map(([, pts], number) => ({
    number,
    startSec: Number(pts) / ticksPerSec,
  }));
}

/**
 * Some decoders of AV1 give out a frame for every packet, also for those that an edit list hides. Their frames come in
 * the order of the packets.
 */
function withoutHidden(
  frames: readonly PrintedFrame[],
  packets: readonly StoredPacket[],
): readonly PrintedFrame[] {
  const isHidden = (i: number) => packets[i]?.flags?.includes('D') === true;
  return frames.length === packets.length ? frames.filter((_, i) => !isHidden(i)) : frames;
}

/**
 * The decoder's order is the order of showing, so no frame begins before the one it follows; without a time of its own it
 * begins with it. What starts before 0 is not shown.
 */
function inOrder(frames: readonly PrintedFrame[]): DecodedFrame[] {
  let previousSec = -Infinity;
  return frames.flatMap(({ number, startSec }) => {
    const own = Number.isNaN(startSec) ? Math.max(previousSec, 0) : startSec;
    previousSec = Math.max(own, previousSec);
    return previousSec >= 0 ? [{ number, startSec: previousSec }] : [];
  });
}

/**
 * Decodes the whole track and lists the frames that are shown: those that start at 0 or later. Throws
 * `media-unreadable` where there is none.
 */
export async function decodedTimes(
  file: InputFile,
  track: ProbedTrack,
  packets: readonly StoredPacket[],
  label: string,
  signal?: AbortSignal,
): Promise<readonly DecodedFrame[]> {
  const filters = [
    `settb=1/${ticksPerSec}`,
    // Only frames with metadata are printed.
    'metadata=mode=add:key=shown:value=1',
    // At once, so that silence means that nothing is decoded.
    'metadata=mode=print:file=-:direct=1',
  ];
  // The loop filter changes pixels only, and none is looked at here.
  const args = [
    '-skip_loop_filter',
    'all',
    ...decodeArgs(file, track),
    '-vf',
    filters.join(','),
    '-f',
    'null',
    '-',
  ];
  const { text, complaint } = await programOutput('ffmpeg', args, label, signal);
  const frames = parseFrames(text);
  const shown = inOrder(track.codec === 'av1' ? withoutHidden(frames, packets) : frames);
  if (shown.length === 0)
    throw unreadableVideo(
      label,
      `has a video track without a whole frame${bracketed(complaint)}`,
      'The file is damaged or cut off.',
    );
  return shown;
}
