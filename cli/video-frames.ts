// The frames of a video file at given times, through the ffmpeg that answered the question.

import { spawn } from 'node:child_process';
import type { Size } from './sheet-layout.ts';

const isUrl = (video: string) => /^(https?|data|file):/i.test(video);
const inputOf = (video: string) => (isUrl(video) ? video : `file:${video}`);

async function output(
  program: 'ffmpeg' | 'ffprobe',
  args: readonly string[],
  signal: AbortSignal,
): Promise<Buffer> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], signal, windowsHide: true });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  const parts: Buffer[] = [];
  child.stdout.on('data', (part: Buffer) => parts.push(part));
  const status = await ended;
  if (status === 0) return Buffer.concat(parts);
  throw new Error(`${program} failed: ${complaint.trim().split('\n')[0] ?? status}`);
}

/** Start of every shown frame in seconds from the first, ascending, in the order in which ffmpeg numbers them. */
async function frameStarts(video: string, signal: AbortSignal): Promise<readonly number[]> {
  const wanted = ['-select_streams', 'v:0', '-show_entries', 'packet=pts_time,flags'];
  const text = await output('ffprobe', ['-v', 'error', ...wanted, '-of', 'csv=p=0', inputOf(video)], signal);
  const starts = text
    .toString('utf8')
    .split('\n')
    .map((row) => row.split(','))
    .filter(([time = '', flags = '']) => time !== '' && Number(time) >= 0 && !flags.includes('D'))
    .map(([time]) => Number(time))
    .sort((a, b) => a - b);
  return starts.map((start) => start - (starts[0] ?? 0));
}

const slackSec = 0.002; // times are sampled to within a container's rounding

/** The frame that is on the screen at each time. */
function shownAt(starts: readonly number[], timestamps: readonly number[]): number[] {
  return timestamps.map((time) =>
    Math.max(
      0,
      starts.findLastIndex((start) => start <= time + slackSec),
    ),
  );
}

/** RGB pixels of the frames shown at `timestamps`, scaled to `size`. */
export async function videoFrames(
  video: string,
  timestamps: readonly number[],
  { width, height }: Size,
  signal: AbortSignal,
): Promise<readonly Buffer[]> {
  const numbers = shownAt(await frameStarts(video, signal), timestamps);
  const wanted = [...new Set(numbers)];
  const filters = [
    `select='${wanted.map((n) => `eq(n,${n})`).join('+')}'`,
    'setpts=N/(25*TB)', // evenly spaced, so that none is repeated or dropped on the way out
    `scale=${width}:${height}`,
    'format=rgb24',
  ];
  const pixels = await output(
    'ffmpeg',
    ['-nostdin', '-v', 'error', '-i', inputOf(video), '-map', '0:v:0', '-an', '-sn', '-vf', filters.join(','),
      '-r', '25', '-f', 'rawvideo', '-'], // prettier-ignore
    signal,
  );
  const byteLength = width * height * 3;
  if (pixels.length !== wanted.length * byteLength)
    throw new Error(`ffmpeg gave ${pixels.length / byteLength} frames of ${wanted.length}`);
  return numbers.map((n) =>
    pixels.subarray(wanted.indexOf(n) * byteLength, (wanted.indexOf(n) + 1) * byteLength),
  );
}
