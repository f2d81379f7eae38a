// Videos that tests make for themselves with the installed ffmpeg, of frames that carry their numbers.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Molmo2Error } from '../../src/errors.ts';
import type { PortableVideo, VideoSampling } from '../../src/media/media-types.ts';
import type { Picture } from '../../src/media/picture.ts';
import { openVideo } from '../../src/media/video/open-video-node.ts';
import { twoFps } from '../numbered-frames.ts';

export const isInstalled = ['ffmpeg', 'ffprobe'].every(
  (program) => spawnSync(program, ['-version']).status === 0,
);

export async function allFrames(input: PortableVideo | string, sampling: VideoSampling = twoFps) {
  const portable = typeof input === 'string' ? ({ kind: 'path', path: resolve(input) } as const) : input;
  const video = await openVideo(portable, sampling, 'video');
  const pictures: Picture[] = [];
  try {
    for await (const picture of video.frames()) pictures.push(picture);
  } finally {
    video.close();
  }
  return { video, pictures };
}

/** The error that this video ends in. */
export async function failure(input: PortableVideo | string): Promise<Molmo2Error> {
  const error: unknown = await allFrames(input).catch((cause: unknown) => cause);
  if (!(error instanceof Molmo2Error)) throw new Error(`expected a Molmo2Error, got ${String(error)}`);
  expect(error.code).toBe('media-unreadable');
  return error;
}

/** Where ffmpeg is not installed, every use must end in the error that says so. */
export async function orNotInstalled(work: () => Promise<void>): Promise<void> {
  if (isInstalled) return work();
  expect((await failure('tests/fixtures/media/h264-b-frames.mp4')).message).toMatch(
    /ffprobe.*not found.*--frames/,
  );
}

/** A test of a video that needs ffmpeg to be made. */
export function videoTest(name: string, work: () => Promise<void>): void {
  test(name, () => orNotInstalled(work));
}

let folder: string | undefined;
afterAll(() => {
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

/** A path for a file that is removed after the tests. */
export function temporary(name: string): string {
  folder ??= mkdtempSync(join(tmpdir(), 'molmo2-made-'));
  return join(folder, name);
}

/** Runs ffmpeg with `args`, and `input` on its standard input. */
export function ffmpeg(args: readonly string[], input: Uint8Array = new Uint8Array()): void {
  const { status, stderr } = spawnSync('ffmpeg', ['-v', 'error', '-y', ...args], { input });
  if (status !== 0) throw new Error(`ffmpeg ${args.join(' ')}: ${stderr.toString()}`);
}

export const bt709 = [
  '-colorspace',
  'bt709',
  '-color_primaries',
  'bt709',
  '-color_trc',
  'bt709',
  '-color_range',
  'tv',
];
export const x264 = ['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '16', '-bf', '3'];

const [width, height] = [96, 64];

export interface Recording {
  readonly count: number;
  readonly rate?: number | string;
  /** The number of the first frame. */
  readonly first?: number;
  /** Whether the blocks carry a pattern that moves from frame to frame. */
  readonly isTextured?: boolean;
}

/** Grey frames whose eight blocks of 24 x 32 pixels are the bits of their numbers, modulo 256. */
function numberedFrames({ count, first = 0, isTextured = false }: Recording): Buffer {
  const frames = Buffer.alloc(width * height * count);
  for (let n = 0, at = 0; n < count; n++)
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const bit = Math.floor(x / 24) + 4 * Math.floor(y / 32);
        const value = ((n + first) >> bit) & 1 ? 235 : 20;
        const place = ((y + (n >> 1)) % height) * width + ((x + n) % width);
        const grain = isTextured ? ((place * 2654435761) >>> 16) % 36 : 0;
        frames[at++] = value > 127 ? value - grain : value + grain;
      }
  return frames;
}

/** Encodes numbered frames as `args` say, and returns the path of the file. */
export function record(name: string, recording: Recording, args: readonly string[]): string {
  const path = temporary(name);
  const rate = String(recording.rate ?? 25);
  const raw = ['-f', 'rawvideo', '-pix_fmt', 'gray', '-s', `${width}x${height}`, '-r', rate, '-i', '-'];
  ffmpeg([...raw, '-pix_fmt', 'yuv420p', ...bt709, ...args, path], numberedFrames(recording));
  return path;
}

/** How many packets the first video track holds. */
export function packetCount(path: string): number {
  const count = ['-select_streams', 'v:0', '-count_packets', '-show_entries', 'stream=nb_read_packets'];
  const { stdout } = spawnSync('ffprobe', ['-v', 'error', ...count, '-of', 'csv=p=0', path]);
  return Number.parseInt(stdout.toString(), 10);
}
