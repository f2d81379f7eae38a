import { expect, test } from 'vitest';
import type { Answer, AskEvent, Point, Track } from '../../src/api.ts';
import { withEvent } from '../../src/overlay/marks/answer-marks.ts';
import { description } from '../../src/overlay/marks/description.ts';
import { noMarks } from '../../src/overlay/marks/marks.ts';
import { colorOf, inkOn, palette } from '../../src/overlay/marks/palette.ts';
import { scene, type SceneOptions } from '../../src/overlay/marks/scene.ts';

const options: SceneOptions = { image: 1, timeSec: null, holdSec: 0.25, labels: 'auto', colors: palette };
const star = (id: number, more: Partial<Point> = {}): Point => ({
  x: 10 * id,
  y: 5,
  id,
  label: 'star',
  ...more,
});
const trackUntil = (last: number, label = ''): Track => ({
  id: 1,
  label,
  points: Array.from({ length: last + 1 }, (_, i) => ({ timeSec: i / 2, x: 10 * i, y: 0 })),
});

function marksOf(...events: AskEvent[]) {
  return events.reduce((marks, event) => withEvent(marks, event), noMarks);
}

function done(points: readonly Point[], tracks: readonly Track[]): AskEvent {
  const usage = { promptTokens: 1, visionTokens: 1, visionCrops: 1, newTokens: 1 };
  const timings = { loadMs: 0, mediaMs: 0, visionMs: 0, prefillMs: 0, decodeMs: 0, totalMs: 0 };
  const answer: Answer = {
    text: '',
    tokenIds: [],
    finishReason: 'stop',
    points,
    tracks,
    count: null,
    usage,
    timings,
  };
  return { type: 'done', answer };
}

test('the final points replace the early ones without a label', () => {
  const marks = marksOf(
    { type: 'point', point: star(1, { label: '' }) },
    { type: 'point', point: star(2, { label: '' }) },
    done([star(1), star(2)], []),
  );
  expect(marks.points).toEqual([star(1), star(2)]);
});

test('a growing track replaces itself, whether its label is known yet or not', () => {
  const marks = marksOf(
    { type: 'track', track: trackUntil(1) },
    { type: 'track', track: trackUntil(2) },
    { type: 'track', track: trackUntil(3, 'star') },
  );
  expect(marks.tracks).toEqual([trackUntil(3, 'star')]);
});

test('objects with other ids or labels are tracks of their own', () => {
  const other: Track = { ...trackUntil(1, 'star'), id: 2 };
  const cross = trackUntil(1, 'cross');
  const marks = marksOf(
    { type: 'track', track: trackUntil(1, 'star') },
    { type: 'track', track: other },
    { type: 'track', track: cross },
  );
  expect(marks.tracks).toHaveLength(3);
});

test('only the points of the shown picture are drawn', () => {
  const marks = marksOf(
    { type: 'point', point: star(1, { image: 1 }) },
    { type: 'point', point: star(2, { image: 2 }) },
    { type: 'point', point: star(3) },
  );
  expect(scene(marks, options).dots.map((d) => d.x)).toEqual([10, 30]);
  expect(scene(marks, { ...options, image: 2 }).dots.map((d) => d.x)).toEqual([20, 30]);
});

test('names give way to numbers when many dots are visible', () => {
  const few = marksOf({ type: 'point', point: star(1) });
  expect(scene(few, options).dots[0]).toMatchObject({ number: '', text: 'star' });
  const many = marksOf(
    ...Array.from({ length: 20 }, (_, i): AskEvent => ({ type: 'point', point: star(i + 1) })),
  );
  expect(scene(many, options).dots[19]).toMatchObject({ number: '20', text: '' });
  expect(scene(many, { ...options, labels: 'text' }).dots[19]).toMatchObject({ text: 'star' });
  expect(scene(many, { ...options, labels: 'none' }).dots[19]).toMatchObject({ number: '', text: '' });
});

test('a track has a line at every time and a dot only while it lasts', () => {
  const marks = marksOf({ type: 'track', track: trackUntil(2, 'star') });
  expect(scene(marks, { ...options, timeSec: 0.25 })).toMatchObject({ dots: [{ x: 5, y: 0 }], lines: [{}] });
  expect(scene(marks, { ...options, timeSec: 9 })).toMatchObject({ dots: [], lines: [{}] });
});

test('the description lists points with their pixels and tracks with their times', () => {
  expect(description(noMarks, 1)).toBe('');
  expect(description(marksOf({ type: 'point', point: star(1, { timeSec: 2 }) }), 1)).toBe(
    '1 place is marked, in pixels. star 1 at 2.0 seconds: 10 across, 5 down.',
  );
  expect(description(marksOf({ type: 'track', track: trackUntil(2, 'star') }), 1)).toContain(
    'star 1 from 0.0 to 1.0 seconds: 0 across, 0 down, then 20 across, 0 down',
  );
});

function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5]
    .map((i) => Number.parseInt(hex.slice(i, i + 2), 16) / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

test.each(palette)('white on %s has a contrast of at least 4.5', (color) => {
  expect(1.05 / (luminance(color) + 0.05)).toBeGreaterThanOrEqual(4.5);
});

test('colours are distinct, start over after the last and exist for every id', () => {
  expect(new Set(palette).size).toBe(palette.length);
  expect(colorOf(1)).toBe(palette[0]);
  expect(colorOf(palette.length + 1)).toBe(palette[0]);
  for (const id of [null, 0, -3, 1e9]) expect(palette).toContain(colorOf(id));
});

test('an object is drawn in its own colour, and the others in that of the palette', () => {
  const marks = {
    media: null,
    points: [{ ...star(1), color: '#ffe135' }, star(2)],
    tracks: [{ ...trackUntil(2, 'dog'), color: '#00ff7f' }],
  };
  const { dots, lines } = scene(marks, { ...options, timeSec: 0.5 });
  expect(dots.map(({ color }) => color)).toEqual(['#ffe135', palette[1], '#00ff7f']);
  expect(lines.map(({ color }) => color)).toEqual(['#00ff7f']);
});

test('what is written on any colour can be read: contrast of at least 4.5', () => {
  for (const color of [...palette, '#ffe135', '#00ff7f', '#000000', '#ffffff', '#777777', '#767676']) {
    const light = luminance(color);
    const contrast = inkOn(color) === '#fff' ? 1.05 / (light + 0.05) : (light + 0.05) / 0.05;
    expect(contrast, color).toBeGreaterThanOrEqual(4.5);
  }
  for (const color of palette) expect(inkOn(color)).toBe('#fff');
  expect(inkOn('rebeccapurple')).toBe('#fff');
});
