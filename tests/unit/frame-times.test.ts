import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Molmo2Error } from '../../src/errors.ts';
import { frameTimes, samplingPlan } from '../../src/media/sampling/frame-times.ts';

interface TimesRow {
  readonly duration: number;
  readonly fps: number;
  readonly num_frames: number;
  readonly max_fps: number;
  readonly times: number[];
}
const { sample_times } = JSON.parse(readFileSync('tests/fixtures/golden/functions.json', 'utf8')) as {
  sample_times: TimesRow[];
};
const uniform = { maxFrames: 384, maxFps: 2, mode: 'uniform_last_frame', samplingFps: 2 } as const;
const stepped = { ...uniform, mode: 'fps' } as const;

test.each(sample_times)(
  '$duration s with at most $num_frames frames is sampled as the reference does',
  (row) => {
    const times = frameTimes(row.duration, {
      ...uniform,
      maxFrames: row.num_frames,
      maxFps: row.max_fps,
      fps: row.fps,
    });
    expect(times).toHaveLength(row.times.length);
    times.forEach((time, i) => expect(Math.abs(time - (row.times[i] ?? NaN))).toBeLessThanOrEqual(5.1e-7));
  },
);

test('the golden list has all its rows', () => expect(sample_times).toHaveLength(44));

describe('two frames per second and the last frame', () => {
  test.each([
    [0.4, 384, 2],
    [3.2, 384, 8],
    [3.04, 384, 8], // 3.0 and 3.04 share a label, both stay
    [63.5, 128, 128],
    [63.6, 128, 128],
    [63.6, 384, 129],
    [191.5, 384, 384],
    [200, 384, 384],
  ])('%d s with at most %d frames gives %d times, from 0 to the end', (duration, maxFrames, count) => {
    const times = frameTimes(duration, { ...uniform, maxFrames });
    expect(times).toHaveLength(count);
    expect(times[0]).toBe(0);
    expect(times.at(-1)).toBe(duration);
  });

  test('a duration within 2 ms of a step counts as that step', () => {
    expect(frameTimes(3.0015, uniform)).toEqual([0, 0.5, 1, 1.5, 2, 2.5, 3]);
    expect(frameTimes(2.9985, uniform)).toEqual([0, 0.5, 1, 1.5, 2, 2.5, 3]);
    expect(frameTimes(63.5015, { ...uniform, maxFrames: 128 })[1]).toBe(0.5);
    expect(frameTimes(3.0025, uniform)).toEqual([0, 0.5, 1, 1.5, 2, 2.5, 3, 3.0025]);
  });

  test('a duration near 0 stays what it is', () => {
    expect(frameTimes(0.0015, uniform)).toEqual([0, 0.0015]);
    expect(frameTimes(0, uniform)).toEqual([0]);
  });

  test('one frame is the first', () => expect(frameTimes(8, { ...uniform, maxFrames: 1 })).toEqual([0]));

  test('another rate', () => {
    expect(frameTimes(1.1, { ...uniform, maxFps: 4 })).toEqual([0, 0.25, 0.5, 0.75, 1, 1.1]);
  });
});

describe('steps of a rate that divides the video rate', () => {
  test('the highest rate that still reaches the end is taken, and the end is not added', () => {
    // 24 fps has 2, 4, 6 and 8; 16 frames reach the end of 4 s at 4 per second, not at 6.
    expect(frameTimes(4, { ...stepped, maxFrames: 16, fps: 24 })).toEqual(
      Array.from({ length: 16 }, (_, k) => k / 4),
    );
    expect(frameTimes(1, { ...stepped, fps: 24 })).toEqual([0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875]);
  });

  test('the walk ends at the first rate that is too high, and the lowest is always allowed', () => {
    expect(frameTimes(100, { ...stepped, maxFrames: 4, fps: 30 })).toEqual([0, 0.5, 1, 1.5]);
  });

  test('fractions of the video rate are dropped', () => {
    // 29.97 counts as 29, which only 1 divides.
    expect(frameTimes(3, { ...stepped, samplingFps: 1, fps: 29.97 })).toEqual([0, 1, 2]);
    // A rate that was computed a hair too low is still whole.
    expect(frameTimes(1, { ...stepped, fps: 23.9995 })).toHaveLength(8);
  });

  test('a video rate that is no multiple is refused with both numbers', () => {
    expect(() => frameTimes(4, { ...stepped, fps: 25 })).toThrow(Molmo2Error);
    expect(() => frameTimes(4, { ...stepped, fps: 25 })).toThrow(/at 2 frames.*has 25/);
  });
});

test.each([
  [{ maxFrames: 0 }, 'maxFrames'],
  [{ maxFrames: 2.5 }, 'maxFrames'],
  [{ maxFps: 0 }, 'maxFps'],
  [{ maxFps: NaN }, 'maxFps'],
])('%o is a range error that names the option', (wrong, name) => {
  expect(() => frameTimes(3, { ...uniform, ...wrong })).toThrow(RangeError);
  expect(() => frameTimes(3, { ...uniform, ...wrong })).toThrow(name);
});

describe('a plan', () => {
  const span = { firstSec: 1.5, endSec: 4.5 };

  test('asks the container for moments behind its first shown frame', () => {
    const plan = samplingPlan(span, uniform);
    expect(plan.durationSec).toBe(3);
    expect(plan.timestamps).toEqual([0, 0.5, 1, 1.5, 2, 2.5, 3]);
    plan.momentsSec.forEach((moment, i) => expect(moment).toBeCloseTo(1.5 + i / 2, 5));
  });

  test('of a part counts its times from the start of the part', () => {
    const plan = samplingPlan(span, { ...uniform, startSec: 1, endSec: 2.2 });
    expect(plan.startSec).toBe(1);
    expect(plan.timestamps.map((time) => time.toFixed(3))).toEqual(['0.000', '0.500', '1.000', '1.200']);
    expect(plan.momentsSec[0]).toBeCloseTo(2.5, 5);
  });

  test('ends with the video where endSec lies behind it', () => {
    expect(samplingPlan(span, { ...uniform, endSec: 100 }).timestamps.at(-1)).toBe(3);
  });

  test('of a video without length has its first moment', () => {
    expect(samplingPlan({ firstSec: 0, endSec: 0 }, uniform).timestamps).toEqual([0]);
  });

  test.each([
    [{ startSec: -1 }, 'startSec'],
    [{ startSec: NaN }, 'startSec'],
    [{ startSec: 2, endSec: 2 }, 'endSec'],
    [{ endSec: NaN }, 'endSec'],
    [{ endSec: 0 }, 'endSec'],
  ])('%o is a range error that names the option', (wrong, name) => {
    expect(() => samplingPlan(span, { ...uniform, ...wrong })).toThrow(RangeError);
    expect(() => samplingPlan(span, { ...uniform, ...wrong })).toThrow(name);
  });

  test('a start behind the end of the video is refused with the duration', () => {
    expect(() => samplingPlan(span, { ...uniform, startSec: 3 })).toThrow(/startSec is 3.*3.000 s/);
  });
});
