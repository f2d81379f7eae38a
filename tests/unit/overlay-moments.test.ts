import { expect, test } from 'vitest';
import type { Point, Track } from '../../src/api.ts';
import { pointSpan, sampledTime, trackMoment, visiblePoints } from '../../src/overlay/moments.ts';

const timestamps = [0, 0.5, 1, 1.5, 2];
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
  const at = (now: number) => visiblePoints([point(0.5)], timestamps, now, 0.5).length;
  expect([0.4, 0.5, 0.9, 1, 1.4].map(at)).toEqual([0, 1, 1, 0, 0]);
});

test('a point of the last sampled time stays for the hold', () => {
  expect(pointSpan(2, timestamps, 0.5)).toEqual({ fromSec: 2, untilSec: 2.5 });
});

test('a point is there on the frame that starts a hair before its time', () => {
  expect(visiblePoints([point(0.5)], timestamps, 0.4995, 0.5)).toHaveLength(1);
});

test('a point without a time is always shown', () => {
  expect(visiblePoints([point()], [], 17, 0.5)).toHaveLength(1);
});

test('a track moves in straight lines between its times', () => {
  expect(trackMoment(track, timestamps, 0.75, 0.25).dot).toEqual({ x: 150, y: 0 });
  expect(trackMoment(track, timestamps, 1, 0.25).dot).toEqual({ x: 200, y: 0 });
  expect(trackMoment(track, timestamps, 1.25, 0.25).dot).toEqual({ x: 200, y: 40 });
});

test('a track is hidden before its first time and after its last time and the hold', () => {
  const dotAt = (now: number) => trackMoment(track, timestamps, now, 0.25).dot;
  expect(dotAt(0.3)).toBeNull();
  expect(dotAt(0.5)).toEqual({ x: 100, y: 0 });
  expect(dotAt(1.7)).toEqual({ x: 200, y: 80 });
  expect(dotAt(1.8)).toBeNull();
});

test('the trail ends where the dot is, and the path is whole at every time', () => {
  const moment = trackMoment(track, timestamps, 1.25, 0.25);
  expect(moment.trail).toEqual([
    { x: 100, y: 0 },
    { x: 200, y: 0 },
    { x: 200, y: 40 },
  ]);
  expect(moment.path).toHaveLength(3);
  expect(trackMoment(track, timestamps, 0, 0.25)).toMatchObject({ trail: [], path: moment.path });
});

test('a track uses the sampled times, not their rounded spelling', () => {
  const rounded: Track = {
    ...track,
    points: track.points.map((p, i) => ({ ...p, timeSec: [0.7, 1.4, 2.1][i] ?? 0 })),
  };
  expect(trackMoment(rounded, [0.687, 1.374, 2.061], 1.0305, 0.25).dot?.x).toBeCloseTo(150, 6);
});

test('a track of no points shows nothing', () => {
  expect(trackMoment({ id: 1, label: '', points: [] }, timestamps, 1, 0.25)).toEqual({
    dot: null,
    trail: [],
    path: [],
  });
});
