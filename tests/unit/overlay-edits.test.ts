import { expect, test } from 'vitest';
import type { Point, Track } from '../../src/api.ts';
import { withEdit } from '../../src/overlay/marks/edits.ts';
import { objectKey } from '../../src/overlay/marks/objects.ts';

const star = (id: number): Point => ({ x: id, y: 5, id, label: 'star' });
const dog: Track = {
  id: 1,
  label: 'dog',
  points: [0.5, 1, 1.5].map((timeSec) => ({ timeSec, x: 100 * timeSec, y: 9 })),
};
const marks = { media: null, points: [star(1), star(2)], tracks: [dog] };

test('a point is moved, added and deleted', () => {
  const moved = withEdit(marks, { action: 'move', kind: 'point', index: 1, x: 7, y: 8 });
  expect(moved.points).toEqual([star(1), { ...star(2), x: 7, y: 8 }]);
  expect(withEdit(marks, { action: 'add', kind: 'point', point: star(3) }).points).toHaveLength(3);
  expect(withEdit(marks, { action: 'delete', kind: 'point', index: 0 }).points).toEqual([star(2)]);
  expect(marks.points).toEqual([star(1), star(2)]);
});

test('moving a track at the time of a step moves it, and at another time adds one', () => {
  const at = (timeSec: number) =>
    withEdit(marks, { action: 'move', kind: 'track', index: 0, timeSec, x: 1, y: 2 }).tracks[0]?.points;
  expect(at(1)).toEqual([dog.points[0], { timeSec: 1, x: 1, y: 2 }, dog.points[2]]);
  expect(at(0.7)?.map((p) => p.timeSec)).toEqual([0.5, 0.7, 1, 1.5]);
});

test('deleting takes a step, the whole track without a time, and the track with its last step', () => {
  const less = withEdit(marks, { action: 'delete', kind: 'track', index: 0, timeSec: 1 });
  expect(less.tracks[0]?.points.map((p) => p.timeSec)).toEqual([0.5, 1.5]);
  expect(withEdit(marks, { action: 'delete', kind: 'track', index: 0 }).tracks).toEqual([]);
  const one = { ...marks, tracks: [{ ...dog, points: dog.points.slice(0, 1) }] };
  expect(withEdit(one, { action: 'delete', kind: 'track', index: 0, timeSec: 0.5 }).tracks).toEqual([]);
});

test('renaming changes the named objects alone', () => {
  const keys = [objectKey('point', 1, star(2)), objectKey('track', 0, dog)];
  const after = withEdit(marks, { action: 'rename', keys, label: 'cat' });
  expect([...after.points, ...after.tracks].map((item) => item.label)).toEqual(['star', 'cat', 'cat']);
});

test('a change of something that is not there changes nothing', () => {
  expect(withEdit(marks, { action: 'move', kind: 'point', index: 9, x: 0, y: 0 })).toBe(marks);
  expect(withEdit(marks, { action: 'move', kind: 'track', index: 9, timeSec: 0, x: 0, y: 0 })).toBe(marks);
});

test('a colour of its own is given and taken back, and stays with what is moved and renamed', () => {
  const keys = [objectKey('point', 1, star(2)), objectKey('track', 0, dog)];
  const red = withEdit(marks, { action: 'recolor', keys, color: 'red' });
  expect(red.points).toEqual([star(1), { ...star(2), color: 'red' }]);
  expect(red.tracks).toEqual([{ ...dog, color: 'red' }]);
  const moved = withEdit(red, { action: 'move', kind: 'track', index: 0, timeSec: 1, x: 1, y: 2 });
  expect(moved.tracks[0]?.color).toBe('red');
  expect(withEdit(red, { action: 'rename', keys, label: 'cat' }).points[1]?.color).toBe('red');
  expect(withEdit(red, { action: 'recolor', keys, color: null })).toEqual(marks);
});
