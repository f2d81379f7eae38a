// A part of a clip that is written alone: its first moment becomes 0. Pure.

import { Molmo2Error } from '../../errors.ts';

/** Seconds of the video, as its player counts them. */
export interface ClipPart {
  readonly startSec: number;
  readonly endSec: number;
}

/**
 * What is chosen of a video; all of it by default, with its own times. Throws RangeError for what is no part of any video, and
 * `bad-request` for one behind the end of this one.
 */
export function clipPart(
  { startSec = 0, endSec = Infinity }: Partial<ClipPart>,
  durationSec = Infinity,
): ClipPart {
  if (!(startSec >= 0 && Number.isFinite(startSec)))
    throw new RangeError(`startSec must be 0 or more seconds, got ${startSec}.`);
  if (!(endSec > startSec))
    throw new RangeError(`endSec must be greater than startSec (${startSec}), got ${endSec}.`);
  if (startSec > 0 && startSec >= durationSec)
    throw new Molmo2Error(
      'bad-request',
      `startSec is ${startSec}, but the video lasts ${durationSec.toFixed(3)} s. Choose an earlier start.`,
    );
  return { startSec, endSec };
}

/** When a frame is shown in the written clip; null where no moment of it is in the part. */
export function timesInPart(frame: ClipPart, part: ClipPart): ClipPart | null {
  const startSec = Math.max(frame.startSec, part.startSec);
  const endSec = Math.min(frame.endSec, part.endSec);
  // A frame before 0 belongs to a clip that is written whole.
  if (part.startSec === 0) return frame.startSec < part.endSec ? { ...frame, endSec } : null;
  return endSec > startSec ? { startSec: startSec - part.startSec, endSec: endSec - part.startSec } : null;
}
