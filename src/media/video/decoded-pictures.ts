// The pictures of chosen frames, in one pass of ffmpeg over the video; of all others nothing leaves the decoder.

import type { Picture } from '../picture.ts';
import { selectExpression } from '../ffmpeg/choose-frames.ts';
import { decodeArgs } from './decoded-times.ts';
import { orientationFilters } from '../ffmpeg/display-matrix.ts';
import { type InputFile, runProgram } from '../ffmpeg/ffmpeg.ts';
import type { ProbedTrack } from './probe-video.ts';

/** A command line may be 32 KB long on Windows; the numbers of more frames than this are split over several passes. */
const framesPerPass = 800;

function pictureArgs(file: InputFile, track: ProbedTrack, numbers: readonly number[]): string[] {
  // Browsers read video without colour tags as BT.709; ffmpeg alone would take BT.601.
  const matrix = track.hasColourMatrix ? 'auto' : 'bt709';
  const filters = [
    `select='${selectExpression(numbers)}'`,
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
  return [...decodeArgs(file, track), '-vf', filters.join(','), '-r', '25', '-f', 'rawvideo', '-'];
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
 * Pictures of the frames with these numbers, which ascend; fewer where ffmpeg cannot decode them, and then `complain` is
 * called with its complaint. Throws the signal's reason.
 */
export async function* decodedPictures(
  file: InputFile,
  track: ProbedTrack,
  numbers: readonly number[],
  label: string,
  complain: (complaint: string) => void,
  signal?: AbortSignal,
): AsyncGenerator<Picture> {
  const isTurned = track.orientation.rotation % 180 === 90;
  const [width, height] = isTurned
    ? [track.codedHeight, track.codedWidth]
    : [track.codedWidth, track.codedHeight];
  for (let start = 0; start < numbers.length; start += framesPerPass) {
    signal?.throwIfAborted();
    const wanted = numbers.slice(start, start + framesPerPass);
    const run = await runProgram('ffmpeg', pictureArgs(file, track, wanted), label);
    signal?.addEventListener('abort', run.stop, { once: true });
    if (signal?.aborted) run.stop();
    try {
      let count = 0;
      for await (const picture of cutIntoPictures(run.stdout, width, height)) {
        yield picture;
        // The rest of the file need not be decoded.
        if (++count === wanted.length) break;
      }
      signal?.throwIfAborted();
      if (count < wanted.length) return complain((await run.ended).complaint);
    } finally {
      signal?.removeEventListener('abort', run.stop);
      run.stop();
    }
  }
}
