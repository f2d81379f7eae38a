import { describe, expect, test } from 'vitest';
import { placedPoint, roundHalfEven } from '../../src/grounding/coordinates.ts';
import { extractPoints, extractTracks } from '../../src/grounding/extract.ts';
import { parsePoints } from '../../src/grounding/parse-points.ts';
import { TagReader } from '../../src/grounding/tag-reader.ts';
import { generator, mediaOf, pointCases } from './grounding-support.ts';
import { cpuMs } from '../cpu-ms.ts';

const tolerance = 1e-4;

function expectRows(
  actual: readonly (readonly (number | null)[])[],
  expected: readonly (readonly number[])[],
) {
  expect(actual.map((row) => row.length)).toEqual(expected.map((row) => row.length));
  const flat = actual.flat();
  expected
    .flat()
    .forEach((value, i) => expect(Math.abs((flat[i] ?? Number.NaN) - value)).toBeLessThan(tolerance));
}

test('there are 76 cases', () => {
  expect(pointCases).toHaveLength(76);
});

describe.each(pointCases.filter((c) => c.kind !== 'track'))('$kind: $text', (c) => {
  const { path, points } = extractPoints(c.text, mediaOf(c));
  test('yields the points of the reference', () => {
    expect(path).toBe(c.path);
    expectRows(
      points.map((p) => (c.kind === 'image' ? [p.x, p.y] : [p.key, p.x, p.y])),
      c.expected as number[][],
    );
    if (c.expected_with_ids)
      expectRows(
        points.map((p) => [p.key, p.id, p.x, p.y]),
        c.expected_with_ids,
      );
  });
});

describe.each(pointCases.filter((c) => c.kind === 'track'))('track: $text', (c) => {
  const size = { width: c.width as number, height: c.height as number, fps: c.fps ?? 1 };
  const { path, frames, points } = extractTracks(c.text, size);
  test('yields the tracks of the reference', () => {
    const expected = c.expected as { time: number; frame: number; points: Record<string, number[]> }[];
    expect(path).toBe(c.path);
    expect(frames.map((f) => [f.timeSec, f.frame])).toEqual(expected.map((f) => [f.time, f.frame]));
    frames.forEach((frame, i) => {
      const byId = Object.entries(expected[i]?.points ?? {}).map(([id, xy]) => [Number(id), ...xy]);
      const sorted = frame.points
        .map((p) => [p.id ?? -1, p.x, p.y])
        .sort((a, b) => (a[0] ?? 0) - (b[0] ?? 0));
      expectRows(sorted, byId); // an object's integer keys are listed in ascending order
    });
    if (c.expected_with_ids)
      expectRows(
        points.map((p) => [p.key, p.id, p.x, p.y]),
        c.expected_with_ids,
      );
  });
});

// The grammar a second time, as three regular expressions: fine for short texts, quadratic for hostile ones.
function parseWithPatterns(text: string): number[][] {
  const points: number[][] = [];
  for (const tag of text.matchAll(/<(?:points|tracks)[^\n]*? coords="([0-9\t:;, .]+)"\/?>/g))
    for (const group of (tag[1] ?? '').matchAll(/(?:^|[\t:,;])([0-9.]+) ([0-9. ]+)/g))
      for (const triple of (group[2] ?? '').matchAll(/([0-9]+) ([0-9]{3,4}) ([0-9]{3,4})/g))
        points.push([Number(group[1]), ...triple.slice(1).map(Number)]);
  return points;
}

const readRows = (text: string) => parsePoints(text).map((p) => [p.key, p.id, p.x, p.y]);

const coordsWords = [
  ' ',
  ' ',
  ' ',
  '1',
  '12',
  '100',
  '2000',
  '30000',
  '0.5',
  '.',
  ';',
  '\t',
  ',',
  ':',
  ' 1 100 200',
  ';0.5 2 300 400',
];
const tagWords = [
  '<points',
  '<tracks',
  ' coords="',
  ' coords="1 1 100 200',
  '"',
  '>',
  '/>',
  '">',
  ' ',
  '\n',
  'x',
  '</points>',
  ' alt="a"',
];

test.each([
  ['coordinates', coordsWords, '<points coords="', '">', 3000],
  ['tags', tagWords, '<points coords="1 1 100 200', '">', 1000],
] as const)(
  '10,000 random %s are read as the patterns of the grammar read them',
  (_, words, head, tail, atLeast) => {
    const { random, pick } = generator(11);
    let withPoints = 0;
    for (let n = 0; n < 10_000; n++) {
      let text = random() < 0.9 ? head : '';
      for (let k = Math.floor(random() * 16); k > 0; k--) text += pick(words);
      if (random() < 0.9) text += tail;
      const expected = parseWithPatterns(text);
      if (expected.length > 0) withPoints++;
      expect(readRows(text), JSON.stringify(text)).toEqual(expected);
    }
    expect(withPoints).toBeGreaterThan(atLeast);
  },
);

test.each([
  ['a tag without coordinates in between', '<points>a <b coords="1 1 100 200">', [[1, 1, 100, 200]]],
  [
    'coordinates that break off and a second try',
    '<points coords="1 1 100 2x coords="1 1 300 400">',
    [[1, 1, 300, 400]],
  ],
  ['a line end before the coordinates', '<points\n coords="1 1 100 200">', []],
  ['five digits', '<points coords="1 1 10000 200 300">', [[1, 10000, 200, 300]]],
  ['a key that is no number', '<points coords="1.2.3 1 100 200">', [[Number.NaN, 1, 100, 200]]],
  ['an id beyond all counting', `<points coords="1 ${'9'.repeat(30)} 100 200">`, [[1, null, 100, 200]]],
])('%s', (_, text, expected) => {
  expect(readRows(text)).toEqual(expected);
});

test('a point without a usable time or picture is no point', () => {
  const size = { width: 10, height: 10 };
  const point = { key: Number.NaN, id: 1, x: 100, y: 200, scale: 1000 } as const;
  expect(placedPoint(point, { kind: 'video', ...size })).toBeNull();
  expect(placedPoint(point, { kind: 'image', ...size })).toEqual({ key: null, id: 1, x: 1, y: 2 });
  for (const key of [0, 2, 1.5, -1])
    expect(placedPoint({ ...point, key }, { kind: 'multi', sizes: [size] })).toBeNull();
});

test('frame numbers are rounded half to even', () => {
  expect([0.5, 1.5, 2.5, 2.4999, -0.5, -1.5].map(roundHalfEven)).toEqual([0, 2, 2, 2, 0, -2]);
});

const long = 200_000;
test.each([
  ['open tags', '<points '.repeat(long / 8)],
  ['open tags with coords', '<points coords="'.repeat(long / 16)],
  ['coords that never close', `<points${' coords="1 1 100 200'.repeat(long / 20)}`],
  ['a long run of digits', `<points coords="1 ${'1'.repeat(long)}">`],
  ['a long run of digits and blanks', `<points coords="1 ${'1 '.repeat(long / 2)}">`],
  ['a long key', `<points coords="${'1.'.repeat(long / 2)}">`],
  ['a long run of blanks', `<points coords="1 1 100${' '.repeat(long)}200">`],
  ['separators', `<points coords="${';'.repeat(long)}">`],
  ['digits in plain text', '1'.repeat(long)],
  ['blanks behind a digit', `1${' '.repeat(long)}x`],
  ['attributes that never end', 'x1="1" '.repeat(long / 7)],
  ['brackets', '(1.1'.repeat(long / 4)],
  ['lines of a legacy track', `time 1\n{${'1'.repeat(long)}`],
  ['legacy frames that never close', 'time 1\n{'.repeat(long / 8)],
  ['empty lines behind a time', `time 1${'\n'.repeat(long)}`],
  ['legacy blocks that never close', `<points 0.1 1 ${'<points 0.1 1 '.repeat(long / 14)}`],
  ['a long label', `<points coords="1 1 100 200">${'a'.repeat(long)}`],
  ['many points', `<points coords="1${' 1 100 200'.repeat(long / 10)}">`],
])('200 KB of %s are read within 200 ms', (_, text) => {
  const size = { width: 1000, height: 1000 };
  // The best of three, so that a busy machine does not look like a slow pattern.
  const timed = (read: () => unknown) => Math.min(cpuMs(read), cpuMs(read), cpuMs(read));
  expect(timed(() => extractPoints(text, { kind: 'image', ...size }))).toBeLessThan(200);
  expect(timed(() => extractPoints(text, { kind: 'video', ...size }))).toBeLessThan(200);
  expect(timed(() => extractTracks(text, { ...size, fps: 2 }))).toBeLessThan(200);
});

test('a label ends at the next tag or line, and cut labels are kept', () => {
  const labels = (text: string) => {
    const reader = new TagReader();
    return [...reader.push(text), ...reader.end()].flatMap((e) => (e.type === 'label' ? [e.label] : []));
  };
  expect(
    labels('<points coords="1 1 100 200">red cup</points> and <tracks coords="1 1 100 200">b\nc'),
  ).toEqual(['red cup', 'b']);
  expect(labels('<points coords="1 1 100 200">a<points coords="1 1 100 200">cut la')).toEqual([
    'a',
    'cut la',
  ]);
  expect(labels('<points coords="1 1 100 200"/>none')).toEqual([]);
});
