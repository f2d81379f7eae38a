// The rule by which the numbered fixture videos are sampled, stated again from their packet lists, and the reading of a
// frame's number from its pixels. Shared by the browser and the Node tests.

import type { Picture } from '../src/media/picture.ts';

/** Every packet in decoding order: presentation time, duration (seconds or null) and ffprobe's flags. */
export interface PacketList {
  readonly packets: readonly (readonly [ptsSec: number, durationSec: number | null, flags: string])[];
}

export interface ExpectedSamples {
  readonly durationSec: number;
  readonly timestamps: number[];
  /** Which frame is shown at each time, counted from 0 over all frames of the file. */
  readonly numbers: number[];
}

/** What two frames per second and the last frame mean for this file. */
export function expectedSamples({ packets }: PacketList): ExpectedSamples {
  const all = [...packets].sort((a, b) => a[0] - b[0]).map((packet, number) => ({ packet, number }));
  const shown = all.filter(({ packet }) => packet[0] >= 0 && !packet[2].includes('D'));
  const first = shown[0];
  const last = shown.at(-1);
  if (!first || !last) throw new Error('the packet list is empty');
  const gap = last.packet[0] - (shown.at(-2)?.packet[0] ?? last.packet[0]);
  const durationSec = last.packet[0] + (last.packet[1] ?? gap) - first.packet[0];
  const halves = Math.round(durationSec * 2);
  const end = halves > 0 && Math.abs(durationSec - halves / 2) < 0.002 ? halves / 2 : durationSec;
  const timestamps: number[] = [];
  for (let k = 0; k / 2 < end; k++) timestamps.push(k / 2);
  timestamps.push(end);
  const numbers = timestamps.map((time) => {
    const started = shown.filter(({ packet }) => packet[0] - first.packet[0] <= time + 2e-6);
    return started.at(-1)?.number ?? NaN;
  });
  return { durationSec, timestamps, numbers };
}

/** The number that a frame of 96 x 64 pixels carries, seen after a clockwise rotation by `rotation`. */
export function frameNumber(picture: Picture, rotation: 0 | 90 | 180 | 270 = 0): number {
  const [width, height] = [96, 64];
  const turned = rotation % 180 === 90;
  if (picture.width !== (turned ? height : width) || picture.height !== (turned ? width : height))
    throw new Error(`the picture is ${picture.width} x ${picture.height}`);
  let number = 0;
  for (let bit = 0; bit < 8; bit++) {
    const x = (bit % 4) * 24 + 12;
    const y = Math.floor(bit / 4) * 32 + 16;
    const [px, py] = {
      0: [x, y],
      90: [height - 1 - y, x],
      180: [width - 1 - x, height - 1 - y],
      270: [y, width - 1 - x],
    }[rotation] as [number, number];
    const value = picture.data[(py * picture.width + px) * picture.channels] ?? NaN;
    if (!(value < 60 || value > 195)) throw new Error(`block ${bit} is neither black nor white: ${value}`);
    if (value > 127) number += 2 ** bit;
  }
  return number;
}

/** Mean absolute difference of two pictures of one size, over the three colours. */
export function meanDifference(a: Picture, b: Picture): number {
  if (a.width !== b.width || a.height !== b.height)
    throw new Error(`sizes differ: ${a.width} x ${a.height} and ${b.width} x ${b.height}`);
  let total = 0;
  for (let i = 0; i < a.width * a.height; i++)
    for (let c = 0; c < 3; c++)
      total += Math.abs((a.data[i * a.channels + c] ?? NaN) - (b.data[i * b.channels + c] ?? NaN));
  return total / (a.width * a.height * 3);
}

export const twoFps = { maxFrames: 384, maxFps: 2, mode: 'uniform_last_frame', samplingFps: 2 } as const;
