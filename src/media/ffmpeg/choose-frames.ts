// Which frames are on the screen at given moments, and how ffmpeg is told to let only those through.

/** One frame of the decoder's output. */
export interface DecodedFrame {
  /** Its place in that output, counted from 0. */
  readonly number: number;
  readonly startSec: number;
}

/** For each moment, ascending, the number of the last frame that starts no later; the first frame before any starts. */
export function framesAt(frames: readonly DecodedFrame[], momentsSec: readonly number[]): number[] {
  let index = 0;
  return momentsSec.map((momentSec) => {
    while ((frames[index + 1]?.startSec ?? Infinity) <= momentSec) index++;
    return frames[index]?.number ?? 0;
  });
}

/**
 * An expression in `of` that is not 0 for these ascending numbers alone. ffmpeg refuses a sum of more than about a
 * hundred terms, so the numbers are halved again and again.
 */
export function selectExpression(numbers: readonly number[], of: 'n' | 'pts' = 'n'): string {
  const [first, second] = numbers;
  if (first === undefined) return '0';
  if (second === undefined) return `eq(${of},${first})`;
  const middle = numbers.length >> 1;
  const [low, high] = [numbers.slice(0, middle), numbers.slice(middle)];
  return `if(lt(${of},${high[0] ?? 0}),${selectExpression(low, of)},${selectExpression(high, of)})`;
}
