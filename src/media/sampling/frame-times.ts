// Chooses which moments of a video the model sees. Pure: a duration in, times out, so it needs no video to test.

import { Molmo2Error } from '../../errors.ts';
import type { FrameSampling, VideoSampling } from '../media-types.ts';

/** A container's clock rounds; without this, a clip of 3.001 s would get one more frame than one of 3 s. */
const durationSlackSec = 0.002;

/** A frame that starts this little after the moment asked for is still the one shown then. */
const startSlackSec = 1e-6;

/** The highest rate the mode `fps` walks up to, in the Hugging Face processor. */
const highestSteppedFps = 8;

/** The duration that counts for sampling: a multiple of the sampling step where it is within 2 ms of one. */
function countedDuration(durationSec: number, fps: number): number {
  const steps = Math.round(durationSec * fps);
  const multiple = steps / fps;
  return steps > 0 && Math.abs(durationSec - multiple) <= durationSlackSec ? multiple : durationSec;
}

/** Every step of 1 / maxFps, and the end; or, where that is too many, `maxFrames` evenly from the start to the end. */
function uniformTimes(durationSec: number, maxFrames: number, maxFps: number): number[] {
  if ((maxFrames - 1) / maxFps < durationSec) {
    if (maxFrames === 1) return [0];
    const step = durationSec / (maxFrames - 1);
    return [...Array.from({ length: maxFrames - 1 }, (_, i) => i * step), durationSec];
  }
  const times: number[] = [];
  for (let i = 0; i / maxFps < durationSec; i++) times.push(i / maxFps);
  return [...times, durationSec];
}

/** Steps of the highest allowed rate with which `maxFrames` frames still reach the end. The end itself is not added. */
function steppedTimes(
  durationSec: number,
  maxFrames: number,
  samplingFps: number,
  videoFps: number,
): number[] {
  // The rate is floored as in the reference; the slack forgives a rate computed as 29.9999.
  const wholeFps = Math.floor(videoFps + 1e-3);
  const rates: number[] = [];
  for (let rate = samplingFps; rate <= highestSteppedFps; rate += samplingFps)
    if (wholeFps % rate === 0) rates.push(rate);
  if (wholeFps % samplingFps !== 0 || rates[0] === undefined)
    throw new Molmo2Error(
      'bad-request',
      `Sampling at ${samplingFps} frames per second needs a video whose whole frame rate is a multiple of it; ` +
        `this one has ${wholeFps}. Re-encode the video at such a rate, or give its frames with their timestamps.`,
    );
  let chosen = rates[0];
  for (const rate of rates.slice(1)) {
    if (maxFrames / rate < durationSec) break;
    chosen = rate;
  }
  const times: number[] = [];
  for (let k = 0; k < maxFrames && k / chosen < durationSec; k++) times.push(k / chosen);
  return times;
}

function positive(name: string, value: number, isInteger: boolean): void {
  if (Number.isFinite(value) && value > 0 && (!isInteger || Number.isInteger(value))) return;
  throw new RangeError(
    `${name} must be a positive ${isInteger ? 'integer' : 'number'}, got ${String(value)}.`,
  );
}

/**
 * The times, in seconds from the first shown frame, at which a video of this duration is looked at. `fps` is the
 * video's own rate, which only the mode `fps` needs.
 */
export function frameTimes(
  durationSec: number,
  { maxFrames, maxFps, mode, samplingFps, fps }: FrameSampling & { readonly fps?: number | undefined },
): number[] {
  positive('maxFrames', maxFrames, true);
  if (mode === 'fps') {
    positive('samplingFps', samplingFps, true);
    positive('fps', fps ?? NaN, false);
    return steppedTimes(countedDuration(durationSec, samplingFps), maxFrames, samplingFps, fps ?? NaN);
  }
  positive('maxFps', maxFps, false);
  return uniformTimes(countedDuration(durationSec, maxFps), maxFrames, maxFps);
}

/** When the shown part of a video begins and ends, in the container's own time. */
export interface ShownSpan {
  readonly firstSec: number;
  readonly endSec: number;
  /** Frames per second on average. */
  readonly fps?: number | undefined;
}

export interface SamplingPlan {
  readonly durationSec: number;
  readonly startSec: number;
  /** Seconds from `startSec`. */
  readonly timestamps: readonly number[];
  /** For each timestamp, the moment in the container's own time: show the last frame that starts no later. */
  readonly momentsSec: readonly number[];
}

/** Applies the sampling to the span of a video, or to the part of it that `startSec` and `endSec` cut out. */
export function samplingPlan(span: ShownSpan, sampling: VideoSampling): SamplingPlan {
  const durationSec = span.endSec - span.firstSec;
  const { startSec = 0, endSec = durationSec } = sampling;
  if (!Number.isFinite(startSec) || startSec < 0)
    throw new RangeError(`startSec must be 0 or more seconds, got ${String(startSec)}.`);
  if (sampling.endSec !== undefined && !(sampling.endSec > startSec))
    throw new RangeError(`endSec must be greater than startSec (${startSec}), got ${String(endSec)}.`);
  if (startSec > 0 && startSec >= durationSec)
    throw new Molmo2Error(
      'bad-request',
      `startSec is ${startSec}, but the video lasts ${durationSec.toFixed(3)} s. Choose an earlier start.`,
    );
  const timestamps = frameTimes(Math.min(endSec, durationSec) - startSec, { ...sampling, fps: span.fps });
  const momentsSec = timestamps.map((time) => span.firstSec + startSec + time + startSlackSec);
  return { durationSec, startSec, timestamps, momentsSec };
}
