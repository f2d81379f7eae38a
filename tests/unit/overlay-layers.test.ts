import { expect, test } from 'vitest';
import type { Answer, Point, Track } from '../../src/api.ts';
import { withEvent } from '../../src/overlay/marks/answer-marks.ts';
import { description } from '../../src/overlay/marks/description.ts';
import { withEdit } from '../../src/overlay/marks/edits.ts';
import { withLayers } from '../../src/overlay/marks/layers.ts';
import { type Marks, noMarks } from '../../src/overlay/marks/marks.ts';
import { objectsOf } from '../../src/overlay/marks/objects.ts';
import { palette } from '../../src/overlay/marks/palette.ts';
import { scene } from '../../src/overlay/marks/scene.ts';
import { withVisible } from '../../src/overlay/marks/visibility.ts';
import { countLines, lanesOf } from '../../src/timeline/lanes.ts';

const star = (id: number): Point => ({ x: 10 * id, y: 5, id, label: 'star' });
const dog: Track = { id: 1, label: 'dog', points: [0, 1].map((timeSec) => ({ timeSec, x: 9, y: 9 })) };
const stars = { points: [star(1), star(2)], tracks: [] };
const [first, second] = [
  { id: 'a', name: 'Point to the stars.' },
  { id: 'b', name: 'Track the dog.' },
];
const both = withLayers(noMarks, [
  { ...first, color: '#0072b2', answer: stars },
  { ...second, answer: { points: [star(1)], tracks: [dog] } },
]);

const seen = (marks: Marks, hidden: ReadonlySet<string> = new Set()) =>
  scene(marks, { image: 1, timeSec: null, holdSec: 0, labels: 'auto', colors: palette, hidden });
const colorsOf = (marks: Marks, hidden?: ReadonlySet<string>) =>
  seen(marks, hidden).dots.map(({ color }) => color);

test('each layer has one colour, its own or one of the palette, and an object may have another', () => {
  expect(colorsOf(both)).toEqual(['#0072b2', '#0072b2', palette[1], palette[1]]);
  expect(seen(both).lines.map(({ color }) => color)).toEqual([palette[1]]);
  const [one] = objectsOf(both, new Set(), palette);
  const colored = withEdit(both, { action: 'recolor', keys: [one?.key ?? ''], color: '#ffe135' });
  expect(colorsOf(colored)).toEqual(['#ffe135', '#0072b2', palette[1], palette[1]]);
});

test('objects of different layers are different ones, also with the same id and label', () => {
  const keys = objectsOf(both, new Set(), palette).map(({ key }) => key);
  expect(new Set(keys).size).toBe(4);
  const [a1, , b1] = keys;
  expect(colorsOf(both, new Set([a1 ?? '']))).toEqual(['#0072b2', palette[1], palette[1]]);
  expect(colorsOf(both, new Set([b1 ?? '']))).toEqual(['#0072b2', '#0072b2', palette[1]]);
  const moved = withEdit(both, { action: 'move', kind: 'point', index: 2, x: 1, y: 2 });
  expect(moved.points[2]).toEqual({ ...star(1), layer: 'b', x: 1, y: 2 });
});

test('a hidden layer is not drawn, and one of its objects that is shown brings it back alone', () => {
  const off = withLayers(both, [{ ...first, visible: false }, second]);
  expect(colorsOf(off)).toEqual([palette[1], palette[1]]);
  const objects = objectsOf(off, new Set(), palette);
  expect(objects.map(({ visible }) => visible)).toEqual([false, false, true, true]);
  const { marks, hidden } = withVisible({ marks: off, hidden: new Set() }, [objects[1]?.key ?? ''], true);
  const after = objectsOf(marks, hidden, palette);
  expect(after.map(({ visible }) => visible)).toEqual([false, true, true, true]);
  expect(marks.layers?.map(({ visible }) => visible)).toEqual([true, undefined]);
  const less = withVisible({ marks: both, hidden: new Set() }, [objects[0]?.key ?? ''], false);
  expect(less.marks).toBe(both);
  expect([...less.hidden]).toEqual([objects[0]?.key]);
});

test('an answer streams into its layer and replaces nothing else', () => {
  const begun = withLayers({ ...noMarks, points: [star(9)] }, [first, { ...second, answer: stars }]);
  const early = withEvent(begun, { type: 'point', point: { ...star(1), label: '' } }, 'a');
  const growing = withEvent(early, { type: 'track', track: { ...dog, points: dog.points.slice(0, 1) } }, 'a');
  const grown = withEvent(growing, { type: 'track', track: dog }, 'a');
  expect(grown.tracks).toEqual([{ ...dog, layer: 'a' }]);
  const answer = { ...stars, points: [star(1)] } as unknown as Answer;
  const done = withEvent(grown, { type: 'done', answer }, 'a');
  expect(done.points).toEqual([
    star(9),
    { ...star(1), layer: 'b' },
    { ...star(2), layer: 'b' },
    { ...star(1), layer: 'a' },
  ]);
  expect(done.tracks).toEqual([]);
  // One for no layer replaces what lies in none.
  expect(withEvent(done, { type: 'done', answer }).points.filter(({ layer }) => !layer)).toEqual([star(1)]);
});

test('a layer that is no longer listed goes with its marks; ids are told apart', () => {
  expect(withLayers(both, [second]).points).toEqual([{ ...star(1), layer: 'b' }]);
  expect(withLayers({ ...both, points: [...both.points, star(7)] }, []).points).toEqual([star(7)]);
  expect(() => withLayers(noMarks, [first, first])).toThrow(
    'overlay.layers must have ids of their own, got "a" twice.',
  );
});

test('words name the layer', () => {
  expect(description(both, 1)).toContain('star 1, Point to the stars.: 10 across');
  expect(description(both, 1)).toContain('dog 1, Track the dog. from 0.0');
});

test('the time line has the lanes of one layer below the other, each with its own counts', () => {
  const times = { points: stars.points.map((point) => ({ ...point, timeSec: 0.5 })), tracks: [] };
  const marks = withLayers(noMarks, [
    { ...second, answer: { points: [], tracks: [dog] } },
    { ...first, answer: times },
  ]);
  const objects = objectsOf(marks, new Set(), palette);
  const lanes = lanesOf(objects, [0, 0.5, 1], ['b', 'a']);
  expect(lanes.map(({ name, layer, color }) => [name, layer?.name, color])).toEqual([
    ['dog 1', 'Track the dog.', palette[0]],
    ['star', 'Point to the stars.', palette[1]],
  ]);
  expect(lanes[1]?.marks[0]?.text).toBe('star 1, Point to the stars.');
  const lines = countLines(lanes, [0, 0.5, 1]);
  expect(lines.map(({ color, counts }) => [color, Math.max(...counts.map(({ count }) => count))])).toEqual([
    [palette[0], 1],
    [palette[1], 2],
  ]);
  expect(countLines(lanesOf(objectsOf({ ...noMarks, ...stars }, new Set(), palette), []), [])).toEqual([]);
});
