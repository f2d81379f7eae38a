// When the frames of a video begin, as the decoder hands them over: with edit lists applied, without packets that are
// never a picture, and with times also where the container stores none. Every frame is decoded for it, none is kept.

import { bracketed, inputArgs, programOutput } from './ffmpeg.ts';
import type { ProbedTrack } from './probe-video.ts';
import { unreadableVideo } from './unreadable-video.ts';

/** One frame of the decoder's output. */
export interface DecodedFrame {
  /** Its place in that output, counted from 0. */
  readonly number: number;
  readonly startSec: number;
}

const ticksPerSec = 1e9;

/** The arguments up to the filters; both passes take the same, so that both number the same frames. */
export function decodeArgs(path: string, { index, container }: ProbedTrack): string[] {
  // Edit lists may leave frames before time 0, which are not shown; other containers may be cut and joined, and there
  // ffmpeg mends the times unless they are copied.
  const ownTimes = container === 'other' ? [] : ['-copyts'];
  // Where the size changes in the middle, the filters are kept: building them again would count frames from 0 again.
  const steady = ['-noautorotate', '-reinit_filter', '0'];
  return [
    '-nostdin',
    '-v',
    'error',
    ...ownTimes,
    ...steady,
    ...inputArgs(path),
    '-map',
    `0:${index}`,
    '-an',
    '-sn',
  ];
}

/** Reads lines such as `frame:12 pts:480000000 pts_time:0.48`. A frame without a time follows its predecessor. */
function parseFrames(printed: string): DecodedFrame[] {
  const frames: DecodedFrame[] = [];
  for (const [, pts = ''] of printed.matchAll(/^frame:\S+\s+pts:(\S+)/gm)) {
    const previousSec = frames.at(-1)?.startSec ?? 0;
    const ticks = Number(pts);
    // The decoder's order is the order of showing, so no frame begins before the one it follows.
    const startSec = Number.isNaN(ticks)
      ? previousSec
      : Math.max(ticks / ticksPerSec, frames.length ? previousSec : -Infinity);
    frames.push({ number: frames.length, startSec });
  }
  return frames;
}

/**
 * Decodes the whole track and lists the frames that are shown: those that start at 0 or later. Throws
 * `media-unreadable` where there is none.
 */
export async function decodedTimes(
  path: string,
  track: ProbedTrack,
  label: string,
  signal?: AbortSignal,
): Promise<readonly DecodedFrame[]> {
  const filters = [
    `settb=1/${ticksPerSec}`,
    // Only frames with metadata are printed.
    'metadata=mode=add:key=shown:value=1',
    'metadata=mode=print:file=-',
  ];
  // The loop filter changes pixels only, and none is looked at here.
  const args = [
    '-skip_loop_filter',
    'all',
    ...decodeArgs(path, track),
    '-vf',
    filters.join(','),
    '-f',
    'null',
    '-',
  ];
  const { text, complaint } = await programOutput('ffmpeg', args, label, signal);
  const shown = parseFrames(text).filter(({ startSec }) => startSec >= 0);
  if (shown.length === 0)
    throw unreadableVideo(
      label,
      `has a video track without a whole frame${bracketed(complaint)}`,
      'The file is damaged or cut off.',
    );
  return shown;
}
