// Opens a video in Node, through an ffmpeg that is installed on the machine.

import { mkdtemp, open, rm, stat, writeFile } from 'node:fs/promises';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Molmo2Error } from '../../errors.ts';
import { fetchMedia } from '../fetch-media.ts';
import { runProgram } from './ffmpeg.ts';
import { openFrameList } from './frame-list.ts';
import { samplingPlan, type SamplingPlan } from './frame-times.ts';
import type { PortableFile, PortableVideo, VideoSampling, VideoSource } from '../media-types.ts';
import type { Picture } from '../picture.ts';
import { probeVideo, type ProbedVideo } from './probe-video.ts';
import { unreadableVideo } from './unreadable-video.ts';

interface LocalFile {
  readonly path: string;
  remove(): void;
}

/** ffmpeg seeks, so what is not a file becomes a temporary one. */
async function localFile(input: PortableFile, label: string, signal?: AbortSignal): Promise<LocalFile> {
  if (input.kind === 'path') return { path: input.path, remove() {} };
  const blob = input.kind === 'url' ? await fetchMedia(input.url, label, signal) : input.blob;
  const folder = await mkdtemp(join(tmpdir(), 'molmo2-video-'));
  const path = join(folder, 'video');
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    await writeFile(path, blob.stream(), { signal });
  } catch (cause) {
    await rm(folder, { recursive: true, force: true });
    throw cause;
  }
  return { path, remove };
}

async function inspect(
  path: string,
  label: string,
): Promise<{ path: string; head: Uint8Array; byteLength: number }> {
  try {
    const { size } = await stat(path);
    const handle = await open(path);
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(1 << 16));
      return { path, head: new Uint8Array(buffer.subarray(0, bytesRead)), byteLength: size };
    } finally {
      await handle.close();
    }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Molmo2Error('media-unreadable', `${label} cannot be read: ${reason}. Check the path.`, {
      cause,
    });
  }
}

/** For each moment, the index of the last frame that starts no later. */
function frameNumbers(startsSec: readonly number[], momentsSec: readonly number[]): number[] {
  let index = 0;
  return momentsSec.map((momentSec) => {
    while (index + 1 < startsSec.length && (startsSec[index + 1] ?? Infinity) <= momentSec) index++;
    return index;
  });
}

function decodeArgs(path: string, video: ProbedVideo, wanted: readonly number[]): string[] {
  // Browsers read video without colour tags as BT.709; ffmpeg alone would take BT.601.
  const matrix = video.hasColourMatrix ? 'auto' : 'bt709';
  const filters = [
    `select='${wanted.map((n) => `eq(n,${n})`).join('+')}'`,
    // Evenly spaced times, so that no ffmpeg of any version repeats or drops a frame on its way out.
    'setpts=N/(25*TB)',
    `scale=w=${video.frameWidth}:h=${video.frameHeight}:in_color_matrix=${matrix}:flags=bicubic+accurate_rnd+full_chroma_int`,
    'format=rgb24',
  ];
  return ['-nostdin', '-v', 'error', '-i', `file:${path}`, '-map', '0:v:0', '-an', '-sn', '-vf', filters.join(','),
    '-r', '25', '-f', 'rawvideo', '-']; // prettier-ignore
}

/** Cuts a stream of bytes into pictures. */
async function* pictures(
  stdout: AsyncIterable<Buffer>,
  width: number,
  height: number,
): AsyncGenerator<Picture> {
  let data = new Uint8Array(width * height * 3);
  let filled = 0;
  for await (const chunk of stdout)
    for (let at = 0; at < chunk.length;) {
      const part = chunk.subarray(at, at + data.length - filled);
      data.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled < data.length) continue;
      yield { width, height, channels: 3, data };
      data = new Uint8Array(data.length);
      filled = 0;
    }
}

async function* decodedFrames(
  path: string,
  video: ProbedVideo,
  plan: SamplingPlan,
  label: string,
  signal?: AbortSignal,
): AsyncGenerator<Picture> {
  signal?.throwIfAborted();
  const numbers = frameNumbers(video.startsSec, plan.momentsSec);
  const wanted = [...new Set(numbers)];
  const run = await runProgram('ffmpeg', decodeArgs(path, video, wanted), label);
  signal?.addEventListener('abort', run.stop, { once: true });
  if (signal?.aborted) run.stop();
  let next = 0;
  try {
    for await (const picture of pictures(run.stdout, video.frameWidth, video.frameHeight)) {
      const number = numbers[next];
      while (next < numbers.length && numbers[next] === number) {
        signal?.throwIfAborted();
        yield picture;
        next++;
      }
    }
    const { failed, complaint } = await run.ended;
    signal?.throwIfAborted();
    if (failed || next < numbers.length) {
      const moment = `${(plan.startSec + (plan.timestamps[next] ?? 0)).toFixed(2)} s`;
      const reason = complaint.split('\n')[0] ?? '';
      const found = `cannot be decoded at ${moment}${reason && ` (${reason})`}`;
      throw unreadableVideo(label, found, 'The file is damaged or cut off.');
    }
  } finally {
    signal?.removeEventListener('abort', run.stop);
    run.stop();
  }
}

/**
 * Opens a video and chooses its times; `label` names it in errors. Throws `media-unreadable` (also where ffmpeg is not
 * installed), `network`, `bad-request` (a start behind the end) or the signal's reason.
 */
export async function openVideo(
  input: PortableVideo,
  sampling: VideoSampling,
  label: string,
  signal?: AbortSignal,
): Promise<VideoSource> {
  signal?.throwIfAborted();
  if (input.kind === 'frames') return openFrameList(input, sampling, label, signal);
  const name = input.kind === 'path' ? `${label} (${input.path})` : label;
  const file = await localFile(input, label, signal);
  try {
    const video = await probeVideo(await inspect(file.path, name), name, signal);
    const plan = samplingPlan(video.span, sampling);
    return {
      width: video.width,
      height: video.height,
      durationSec: plan.durationSec,
      timestamps: plan.timestamps,
      startSec: plan.startSec,
      frames: (frameSignal) => decodedFrames(file.path, video, plan, name, frameSignal),
      close: () => file.remove(),
    };
  } catch (cause) {
    file.remove();
    throw cause;
  }
}
