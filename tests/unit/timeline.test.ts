import { expect, test } from 'vitest';
import type { MarkedObject } from '../../src/overlay/marks/objects.ts';
import { countsOf, lanesOf, nextStop, stopsOf } from '../../src/timeline/lanes.ts';
import { clockTime, following, panned, shareOf, ticks, timeAt, zoomed } from '../../src/timeline/view.ts';

const object = (
  kind: 'point' | 'track',
  id: number,
  label: string,
  times: readonly number[],
): MarkedObject => ({
  kind,
  index: id,
  key: `${kind} ${id} ${label}`,
  id,
  label,
  color: '#123456',
  visible: true,
  layer: null,
  points: times.map((timeSec) => ({ x: 1, y: 1, timeSec })),
});
const timestamps = [0, 0.5, 1, 1.5, 2];
const cups = [object('point', 2, 'cup', [2]), object('point', 1, 'cup', [0.5])];
const dog = object('track', 1, 'dog', [0.5, 1, 1.5]);

test('points of a label share a lane, each track has its own, and points of pictures have none', () => {
  const flat = { ...object('point', 3, 'cat', []), points: [{ x: 1, y: 1, image: 1 }] };
  const all = lanesOf([...cups, flat, dog], timestamps);
  expect(all.map((lane) => [lane.name, lane.isTrack, lane.keys.length])).toEqual([
    ['cup', false, 2],
    ['dog 1', true, 1],
  ]);
  expect(all.map((lane) => lane.marks.map((m) => m.timeSec))).toEqual([
    [0.5, 2],
    [0.5, 1, 1.5],
  ]);
  expect(all[0]?.marks[0]?.text).toBe('cup 1');
  expect(lanesOf([], [])).toEqual([]);
});

test('marks lie at the sampled times that the written ones mean', () => {
  expect(lanesOf([object('track', 1, 'dog', [1.4])], [0.687, 1.372])[0]?.marks[0]?.timeSec).toBe(1.372);
});

test('the arrow keys stop at every different time and at the ends', () => {
  const times = stopsOf(lanesOf([...cups, dog], timestamps));
  expect(times).toEqual([0.5, 1, 1.5, 2]);
  expect([0, 0.5, 1.4, 1.99, 2].map((now) => nextStop(times, now, 1, 3))).toEqual([0.5, 1, 1.5, 3, 3]);
  expect([3, 2, 0.5, 0].map((now) => nextStop(times, now, -1, 3))).toEqual([2, 1.5, 0, 0]);
});

test('counts say how many visible objects there are from when on', () => {
  const lanes = lanesOf([...cups, dog], timestamps);
  const flat = (counts: ReturnType<typeof countsOf>) => counts.map(({ timeSec, count }) => [timeSec, count]);
  expect(flat(countsOf(lanes, timestamps))).toEqual([
    [0.5, 2],
    [1, 1],
    [2, 1],
    [2.5, 0],
  ]);
  const hidden = lanesOf([...cups, { ...dog, visible: false }], timestamps);
  expect(flat(countsOf(hidden, timestamps))).toEqual([
    [0.5, 1],
    [1, 0],
    [2, 1],
    [2.5, 0],
  ]);
});

const minute = { fromSec: 0, untilSec: 60 };

test('zooming keeps the moment under the pointer, and the view stays inside the video', () => {
  const near = zoomed(minute, 4, 0.5, 60);
  expect(near).toEqual({ fromSec: 22.5, untilSec: 37.5 });
  expect(timeAt(0.5, near)).toBe(30);
  expect(zoomed(minute, 4, 0, 60)).toEqual({ fromSec: 0, untilSec: 15 });
  expect(zoomed(near, 0.1, 0.5, 60)).toEqual(minute);
  expect(zoomed(minute, 1e9, 1, 60)).toEqual({ fromSec: 59.8, untilSec: 60 });
});

test('panning and following stay inside the video', () => {
  const near = { fromSec: 20, untilSec: 30 };
  expect(panned(near, 100, 60)).toEqual({ fromSec: 50, untilSec: 60 });
  expect(panned(near, -100, 60)).toEqual({ fromSec: 0, untilSec: 10 });
  expect(following(near, 25, 60)).toBe(near);
  const next = following(near, 31, 60);
  expect(shareOf(31, next)).toBeCloseTo(0.05);
});

test('a ruler has round moments, not more than there is room for', () => {
  expect(ticks(minute, 7)).toEqual([0, 10, 20, 30, 40, 50, 60]);
  expect(ticks({ fromSec: 0.25, untilSec: 0.75 }, 6)).toEqual(
    [0.3, 0.4, 0.5, 0.6, 0.7].map((t) => expect.closeTo(t)),
  );
  for (const length of [0.3, 7, 100, 5000, 90_000]) {
    const some = ticks({ fromSec: 0, untilSec: length }, 8);
    expect(some.length).toBeGreaterThanOrEqual(1);
    expect(some.length).toBeLessThanOrEqual(9);
  }
});

test('times read as people write them', () => {
  expect([0, 9.96, 59.97, 83.5, 3723.5].map((t) => clockTime(t))).toEqual([
    '0:00.0',
    '0:10.0',
    '1:00.0',
    '1:23.5',
    '1:02:03.5',
  ]);
  expect([5, 65, 3600].map((t) => clockTime(t, 0))).toEqual(['0:05', '1:05', '1:00:00']);
});

test('the time line loads where there is no page', async () => {
  const { MolmoTimeline } = await import('../../src/timeline/molmo-timeline.ts');
  expect(MolmoTimeline.observedAttributes).toContain('for');
});
