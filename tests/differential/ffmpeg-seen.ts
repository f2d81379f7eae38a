// What ffmpeg alone shows of a video: every frame that its decoder gives out, with its time and number, and the sampling
// rule stated again.

import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { frameNumber } from '../numbered-frames.ts';
import type { SeenVideo } from './seen-video.ts';
import type { VideoRecipe } from './video-recipe.ts';

const [width, height] = [96, 64];

interface Frame {
  readonly startSec: number;
  readonly number: number | null;
}

function numberIn(grey: Uint8Array): number | null {
  try {
    return frameNumber({ width, height, channels: 1, data: grey } as unknown as Parameters<
      typeof frameNumber
    >[0]);
  } catch {
    return null;
  }
}

function everyFrame(path: string, decoder: readonly string[]): Frame[] {
  const filters = 'scale=in_range=tv:out_range=pc,format=gray,showinfo';
  const { stdout, stderr } = spawnSync(
    'ffmpeg',
    ['-nostdin', '-hide_banner', '-noautorotate', '-copyts', '-fflags', '+discardcorrupt',
      ...decoder, '-i', `file:${path}`, '-map', '0:v:0', '-an',
      '-vf', filters, '-vsync', 'passthrough', '-f', 'rawvideo', '-'], // prettier-ignore
    { maxBuffer: 1 << 28 },
  );
  const log = stderr.toString();
  const base = /config in time_base: (\d+)\/(\d+)/.exec(log);
  const tickSec = Number(base?.[1]) / Number(base?.[2]);
  return [...log.matchAll(/ n: *(\d+) pts: *(-?\d+) /g)].map(([, n, pts]) => {
    const start = Number(n) * width * height;
    return {
      startSec: Number(pts) * tickSec,
      number: numberIn(stdout.subarray(start, start + width * height)),
    };
  });
}

/**
 * The file up to the end of its last whole box. ffmpeg reads the heads of all fragments of a small file first and refuses
 * it where the last one is cut; the frames of the others are there all the same.
 */
function wholeBoxes(path: string): string {
  const bytes = readFileSync(path);
  let end = 0;
  while (end + 8 <= bytes.length) {
    const size = bytes.readUInt32BE(end);
    if (size < 8 || end + size > bytes.length) break;
    end += size;
  }
  const whole = `${path}.whole`;
  writeFileSync(whole, bytes.subarray(0, end));
  return whole;
}

/** Null where ffmpeg finds no frame. */
export function seenByFfmpeg(
  path: string,
  { codec, container, parts, rate, rotation }: VideoRecipe,
): SeenVideo | null {
  // ffmpeg 5.1 gives out the hidden frames of AV1, too, where dav1d decodes them.
  const decoder = codec === 'av1' && parts.length > 0 ? ['-c:v', 'libaom-av1'] : [];
  const shown = (file: string) => everyFrame(file, decoder).filter(({ startSec }) => startSec >= 0);
  const asItIs = shown(path);
  const isRefused = asItIs.length === 0 && container === 'fragmented.mp4';
  const frames = isRefused ? shown(wholeBoxes(path)) : asItIs;
  const [first, last] = [frames[0], frames.at(-1)];
  if (!first || !last) return null;
  const [num = 1, den = 1] = rate.split('/').map(Number);
  // Matroska's clock counts milliseconds, and a frame lasts whole ones.
  const isInMs = container === 'mkv' || container === 'webm';
  const lastsSec = isInMs ? Math.floor((1000 * den) / num) / 1000 : den / num;
  const durationSec = last.startSec + lastsSec - first.startSec;
  const halves = Math.round(durationSec * 2);
  const end = halves > 0 && Math.abs(durationSec - halves / 2) < 0.002 ? halves / 2 : durationSec;
  const timestamps: number[] = [];
  for (let k = 0; k / 2 < end; k++) timestamps.push(k / 2);
  timestamps.push(end);
  const numbers = timestamps.map((time) => {
    const started = frames.filter(({ startSec }) => startSec - first.startSec <= time + 2e-6);
    return (started.at(-1) ?? first).number;
  });
  const size = rotation % 180 === 90 ? ([height, width] as const) : ([width, height] as const);
  return { size, durationSec, timestamps, numbers };
}
