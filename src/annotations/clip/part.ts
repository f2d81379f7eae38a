// A part of a clip that is written alone: its first moment becomes 0. Pure.

import { refuseToWrite } from '../formats/fault.ts';

/** Seconds of the video, as its player counts them. */
export interface ClipPart {
  readonly startSec: number;
  readonly endSec: number;
}

/** What is chosen of a video; all of it by default, with its own times. */
export function clipPart({ startSec = 0, endSec = Infinity }: Partial<ClipPart>): ClipPart {
  if (!(startSec >= 0 && Number.isFinite(startSec)))
    refuseToWrite('this clip', `startSec is ${startSec}, it must be 0 or more seconds`);
  if (!(endSec > startSec))
    refuseToWrite('this clip', `endSec is ${endSec}, it must be more than startSec (${startSec})`);
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
