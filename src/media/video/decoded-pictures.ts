// The pictures of chosen frames, in one pass of ffmpeg over the video or a part of it; of all others nothing leaves the decoder.

import type { Picture } from '../picture.ts';
import { type DecodedFrame, selectExpression } from '../ffmpeg/choose-frames.ts';
import { decodeArgs, ticksPerSec } from './decoded-times.ts';
import { orientationFilters } from '../ffmpeg/display-matrix.ts';
import { type InputFile, runProgram } from '../ffmpeg/ffmpeg.ts';
import { mostSilenceMs } from '../silence-watch.ts';
import { hasExactTimes, type ProbedTrack } from './probe-video.ts';

/** A command line may be 32 KB long on Windows; the numbers of more frames than this are split over several passes. */
const framesPerPass = 800;

/** Where decoding begins, and how the wanted frames are told from the others. */
interface Pass {
  readonly input: readonly string[];
  readonly select: readonly string[];
}

/** From the beginning, by number. */
function wholePass(frames: readonly DecodedFrame[]): Pass {
  return { input: [], select: [`select='${selectExpression(frames.map(({ number }) => number))}'`] };
}

/** Before this moment, decoding from the beginning costs less than it may save. */
const seekFromSec = 20;
/** Containers mark frames as good to begin at that are not quite; a little earlier there is another. */
const seekMarginSec = 1;

/**
 * From the key frame before the first of them, by time, so that a part of a long video costs no more than a part of a short
 * one; null where times may not be the container's own, or where the beginning is near.
 */
function seekPass(frames: readonly DecodedFrame[], { container }: ProbedTrack): Pass | null {
  const [first] = frames;
  if (!first || first.startSec < seekFromSec || !hasExactTimes(container)) return null;
  const ticks = frames.map(({ startSec }) => Math.round(startSec * ticksPerSec));
  if (ticks.some((tick, i) => i > 0 && tick <= (ticks[i - 1] ?? 0))) return null;
  const fromSec = (first.startSec - seekMarginSec).toFixed(6);
  return {
    input: ['-noaccurate_seek', '-seek_timestamp', '1', '-ss', fromSec],
    select: [`settb=1/${ticksPerSec}`, `select='${selectExpression(ticks, 'pts')}'`],
  };
}

function pictureArgs(file: InputFile, track: ProbedTrack, { input, select }: Pass): string[] {
  // Browsers read video without colour tags as BT.709; ffmpeg alone would take BT.601.
  const matrix = track.hasColourMatrix ? 'auto' : 'bt709';
  const filters = [
    ...select,
    // Evenly spaced times at the rate of the output, so that no ffmpeg of any version repeats or drops a frame on its way
    // out: where every frame comes from the decoder's end, ffmpeg takes the length of a frame from the filters' rate.
    'settb=1/25',
    'setpts=N',
    'fps=25',
    // Frames of other sizes than the first are stretched to it.
    `scale=w=${track.codedWidth}:h=${track.codedHeight}:in_color_matrix=${matrix}:flags=bicubic+accurate_rnd+full_chroma_int`,
    'format=rgb24',
    ...orientationFilters(track.orientation),
  ];
  return [...decodeArgs(file, track, input), '-vf', filters.join(','), '-r', '25', '-f', 'rawvideo', '-'];
}

/** Cuts a stream of bytes into pictures. */
async function* cutIntoPictures(
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

/**
 * Pictures of these frames, which ascend; fewer where ffmpeg cannot decode them, and then `complain` is called with its
 * complaint. `decodingMs` is how long the whole file took to decode. Throws the signal's reason.
 */
export async function* decodedPictures(
  file: InputFile,
  track: ProbedTrack,
  frames: readonly DecodedFrame[],
  label: string,
  decodingMs: number,
  complain: (complaint: string) => void,
  signal?: AbortSignal,
): AsyncGenerator<Picture> {
  // Frames that are not wanted leave the decoder without a word.
  const silenceMs = mostSilenceMs + 10 * decodingMs;
  for (let start = 0; start < frames.length; start += framesPerPass) {
    const wanted = frames.slice(start, start + framesPerPass);
    const seek = seekPass(wanted, track);
    let count = 0;
    if (seek) count = yield* runPass(file, track, seek, wanted.length, label, silenceMs, () => {}, signal);
    // Where a place cannot be sought, or a frame not be found there, everything before it is decoded.
    const rest = wanted.slice(count);
    if (rest.length === 0) continue;
    const found = yield* runPass(
      file,
      track,
      wholePass(rest),
      rest.length,
      label,
      silenceMs,
      complain,
      signal,
    );
    if (found < rest.length) return;
  }
}

/** The first pictures of one pass of ffmpeg; returns how many there were. */
async function* runPass(
  file: InputFile,
  track: ProbedTrack,
  pass: Pass,
  most: number,
  label: string,
  silenceMs: number,
  complain: (complaint: string) => void,
  signal: AbortSignal | undefined,
): AsyncGenerator<Picture, number, undefined> {
  signal?.throwIfAborted();
  const isTurned = track.orientation.rotation % 180 === 90;
  const [width, height] = isTurned
    ? [track.codedHeight, track.codedWidth]
    : [track.codedWidth, track.codedHeight];
  const run = await runProgram('ffmpeg', pictureArgs(file, track, pass), label, silenceMs);
  signal?.addEventListener('abort', run.stop, { once: true });
  if (signal?.aborted) run.stop();
  try {
    let count = 0;
    for await (const picture of cutIntoPictures(run.stdout, width, height)) {
      yield picture;
      // The rest of the file need not be decoded.
      if (++count === most) return count;
    }
    signal?.throwIfAborted();
    complain((await run.ended()).complaint);
    return count;
  } finally {
    signal?.removeEventListener('abort', run.stop);
    run.stop();
  }
}
