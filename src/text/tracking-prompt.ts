// The question that asks to follow an object from one place at one moment, worded as in training.

import { Molmo2Error } from '../errors.ts';
import { formatSeconds } from './format-seconds.ts';

export interface TrackPointInput {
  /** What the object is called. */
  readonly label: string;
  /** The moment of the initial point, in seconds; best the time of a sampled frame. */
  readonly timeSec: number;
  /** Pixels of the original video. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** Sampled frames per second; written as an integer. */
  readonly fps: number;
}

/** Thousandths of the picture's size, at least three digits. Ties go to the even number, as in the training data. */
function thousandths(pixels: number, size: number): string {
  const value = (1000 * pixels) / size;
  const low = Math.floor(value);
  const tie = value - low === 0.5;
  return String(tie ? low + (low % 2) : Math.round(value)).padStart(3, '0');
}

/** The prompt and its style. Throws `bad-request` when the point lies outside the picture. */
export function trackPointPrompt(input: TrackPointInput): {
  readonly prompt: string;
  readonly style: string;
} {
  const { label, timeSec, x, y, width, height, fps } = input;
  const inside = x >= 0 && x <= width && y >= 0 && y <= height && timeSec >= 0;
  if (!inside)
    throw new Molmo2Error(
      'bad-request',
      `The point (${x}, ${y}) at ${timeSec} s is outside the video of ${width} x ${height} pixels. ` +
        'Give pixels of the original video and seconds from its start.',
    );
  const coords = `${formatSeconds(timeSec)} 1 ${thousandths(x, width)} ${thousandths(y, height)}`;
  const rate = Math.max(1, Math.trunc(fps));
  return {
    prompt: `Track <points coords="${coords}">${label}</points> in ${rate} FPS.`,
    style: 'video_single_point_track_per_frame',
  };
}
