import { expect, test } from 'vitest';
import type { Point, Track } from '../../src/api.ts';
import {
  isPointShown,
  pointSpan,
  sampledTime,
  type Shown,
  stepsOf,
  trackMoment,
  trackSteps,
} from '../../src/overlay/marks/moments.ts';

const timestamps = [0, 0.5, 1, 1.5, 2];
const frame = (timeSec: number, untilSec = timeSec): Shown => ({ timeSec, untilSec });
const point = (timeSec?: number): Point => ({
  x: 1,
  y: 2,
  id: 1,
  label: 'star',
  ...(timeSec === undefined ? {} : { timeSec }),
});
const track: Track = {
  id: 1,
  label: 'star',
  points: [
    { timeSec: 0.5, x: 100, y: 0 },
    { timeSec: 1, x: 200, y: 0 },
    { timeSec: 1.5, x: 200, y: 80 },
  ],
};

test('a written time means the sampled time it was rounded from', () => {
  expect(sampledTime(1.4, [0, 0.69, 1.372, 2.06])).toBe(1.372);
  expect(sampledTime(0.5, [0, 0.45, 0.55])).toBe(0.45);
  expect(sampledTime(1, [0, 2])).toBe(1);
});

test('a point is shown from its time to the next sampled time', () => {
  expect(pointSpan(0.5, timestamps, 0.5)).toEqual({ fromSec: 0.5, untilSec: 1 });
  const at = (now: number) => isPointShown(point(0.5), timestamps, frame(now), 0.5);
  expect([0.4, 0.5, 0.9, 1, 1.4].map(at)).toEqual([false, true, true, false, false]);
});

test('a point of the last sampled time stays for the hold', () => {
  expect(pointSpan(2, timestamps, 0.5)).toEqual({ fromSec: 2, untilSec: 2.5 });
});

test('a point is there on the frame that starts a hair before its time', () => {
  expect(isPointShown(point(0.5), timestamps, frame(0.4995), 0.5)).toBe(true);
});

test('a paused video that was sought into the middle of a long frame shows what was sampled there', () => {
  expect(isPointShown(point(0.5), timestamps, frame(0.4), 0.5)).toBe(false);
  expect(isPointShown(point(0.5), timestamps, frame(0.4, 0.5), 0.5)).toBe(true);
  const steps = trackSteps(track, timestamps);
  expect(trackMoment(steps, frame(0.9, 1), 0.25).step).toBe(1);
  expect(trackMoment(steps, frame(0.9), 0.25).step).toBeNull();
});

test('a point without a time is always shown', () => {
  expect(isPointShown(point(), [], frame(17), 0.5)).toBe(true);
});

const momentAt = (now: number) => trackMoment(trackSteps(track, timestamps), frame(now), 0.25);

test('a track moves in straight lines between its times', () => {
  expect(momentAt(0.75).dot).toEqual({ x: 150, y: 0 });
  expect(momentAt(1).dot).toMatchObject({ x: 200, y: 0 });
  expect(momentAt(1.25).dot).toEqual({ x: 200, y: 40 });
});

test('a track is hidden before its first time and after its last time and the hold', () => {
  expect(momentAt(0.3).dot).toBeNull();
  expect(momentAt(0.5).dot).toMatchObject({ x: 100, y: 0 });
  expect(momentAt(1.7).dot).toMatchObject({ x: 200, y: 80 });
  expect(momentAt(1.8).dot).toBeNull();
});

test('a moment tells which steps are behind, and whether the model saw this very frame', () => {
  expect([0.3, 0.5, 0.75, 1, 1.25, 1.5, 9].map((now) => momentAt(now).passed)).toEqual([0, 1, 1, 2, 2, 3, 3]);
  expect([0.3, 0.5, 0.51, 0.75, 0.99, 1.5, 9].map((now) => momentAt(now).step)).toEqual(
    [null, 0, 0, null, 1, 2, null], // half a frame at 30 fps counts as the same frame
  );
});

test('a track uses the sampled times, not their rounded spelling', () => {
  const rounded: Track = {
    ...track,
    points: track.points.map((p, i) => ({ ...p, timeSec: [0.7, 1.4, 2.1][i] ?? 0 })),
  };
  expect(trackMoment(trackSteps(rounded, [0.687, 1.374, 2.061]), frame(1.0305), 0.25).dot?.x).toBeCloseTo(
    150,
    6,
  );
});

test('a track of no points shows nothing', () => {
  expect(trackMoment([], frame(1), 0.25)).toEqual({ dot: null, passed: 0, step: null });
});

test('steps are worked out once for a track, and anew for other sampled times', () => {
  const marks = { media: null, points: [], tracks: [track] };
  const again = { ...marks, points: [point()] };
  expect(stepsOf(again)[0]).toBe(stepsOf(marks)[0]);
  const media = { kind: 'video' as const, sizes: [], timestamps: [0.52], durationSec: 2 };
  expect(stepsOf({ ...marks, media })[0]?.[0]?.timeSec).toBe(0.52);
});
