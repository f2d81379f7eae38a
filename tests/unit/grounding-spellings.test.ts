// How the two readers of an answer's text agree, by the tables of docs/answer-text.md and by spellings made here.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { AnswerStream } from '../../src/grounding/answer-stream.ts';
import { extractPoints, extractTracks } from '../../src/grounding/extract.ts';
import { generator } from './grounding-support.ts';
import { both, media, read, shown, size } from './two-readers.ts';
import { cpuMs } from '../cpu-ms.ts';

describe('the tables of docs/answer-text.md', () => {
  const rows = readFileSync('docs/answer-text.md', 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| ') && line.includes('`'))
    .map((line) => {
      const [, , code = '', ...cells] = line.split('|').map((cell) => cell.trim());
      return { text: code.slice(1, -1).replaceAll('↵', '\r\n'), cells: cells.slice(0, -1) };
    });
  const places = (points: readonly (readonly (number | null)[])[]) =>
    points.map(([at, , x, y]) => `${at === null ? '' : `${at}:`}${x},${y}`).join(' ') || 'none';

  test('have the rows that are checked here', () => {
    expect(rows.filter(({ cells }) => cells.length === 1)).toHaveLength(18);
    expect(rows.filter(({ cells }) => cells.length === 2)).toHaveLength(10);
  });

  test.each(rows)('$text', ({ text, cells }) => {
    const { stream, extract } = both(text, cells.join().includes(':') ? 'video' : 'image');
    const rounded = (points: readonly (readonly (number | null)[])[]) =>
      points.map((point) => point.map((value) => value && Math.round(value * 1e6) / 1e6));
    expect(places(rounded(stream))).toBe(cells[0]);
    expect(places(rounded(extract))).toBe(cells.at(-1));
    if (cells.length === 1) expect(extract).toEqual(stream);
  });
});

/** One way of writing the tag's syntax; the numbers between stay the same. */
interface Spelling {
  readonly name: string;
  write(tag: string): string;
}
const digits = (zero: number) => (tag: string) =>
  tag.replace(/"[^"]*"/, (coords) =>
    coords.replace(/\d/g, (digit) => String.fromCodePoint(zero + Number(digit))),
  );
const quotes = (open: string, close: string) => (tag: string) =>
  tag.replace(/"([^"]*)"/g, (_, value: string) => open + value + close);
const entities: Readonly<Record<string, string>> = { '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const spellings: readonly Spelling[] = [
  { name: 'single quotes', write: quotes("'", "'") },
  { name: 'curly quotes', write: quotes('“', '”') },
  { name: 'German quotes', write: quotes('„', '“') },
  { name: 'curly single quotes', write: quotes('‘', '’') },
  { name: 'French quotes', write: quotes('«', '»') },
  { name: 'primes', write: quotes('″', '″') },
  { name: 'backticks', write: quotes('`', '`') },
  { name: 'no quotes', write: quotes('', '') },
  { name: 'named entities for quotes', write: quotes('&quot;', '&quot;') },
  { name: 'decimal entities for quotes', write: quotes('&#34;', '&#34;') },
  { name: 'hexadecimal entities for quotes', write: quotes('&#x27;', '&#X27;') },
  { name: 'escaped quotes', write: quotes('\\"', '\\"') },
  { name: 'doubly escaped quotes', write: quotes('\\\\\\"', '\\\\\\"') },
  { name: 'everything as entities', write: (tag) => tag.replace(/[<>"]/g, (c) => entities[c] ?? c) },
  {
    name: 'capitals',
    write: (tag) => tag.replace(/<\/?(?:points|tracks)|coords/g, (name) => name.toUpperCase()),
  },
  { name: 'a capital', write: (tag) => tag.replace('<p', '<P').replace('<t', '<T') },
  { name: 'blanks around the equals sign', write: (tag) => tag.replace('=', ' = ') },
  { name: 'line ends around the equals sign', write: (tag) => tag.replace('=', '\n=\n') },
  { name: 'a blank before the name', write: (tag) => tag.replace('<', '< ') },
  { name: 'CRLF in the tag', write: (tag) => tag.replace(' coords', '\r\ncoords') },
  { name: 'LF and an indentation in the tag', write: (tag) => tag.replace(' coords', '\n  coords') },
  { name: 'a tab in the tag', write: (tag) => tag.replace(' coords', '\tcoords') },
  { name: 'CRLF before the bracket', write: (tag) => tag.replace('">', '"\r\n>') },
  { name: 'an attribute behind coords', write: (tag) => tag.replace('">', '" alt="the boats">') },
  { name: 'an attribute with a bracket', write: (tag) => tag.replace(' coords', ' alt="a > b" coords') },
  { name: 'a quote that is not closed', write: (tag) => tag.replace(' coords', ' alt="a coords') },
  { name: 'coords whose quote is not closed', write: (tag) => tag.replace('">', '>') },
  { name: 'blanks inside the quotes', write: (tag) => tag.replace('="', '=" ').replace('">', ' ">') },
  { name: 'line ends inside the quotes', write: (tag) => tag.replace('="', '="\n').replace('">', '\n">') },
  { name: 'full-width digits', write: digits(0xff10) },
  { name: 'Arabic digits', write: digits(0x660) },
  { name: 'Devanagari digits', write: digits(0x966) },
  {
    name: 'full-width signs throughout',
    write: (tag) => tag.replace(/[!-~]/g, (c) => String.fromCharCode(c.charCodeAt(0) + 0xfee0)),
  },
  { name: 'no-break blanks', write: (tag) => tag.replace(/ /g, '\u00a0') },
  { name: 'zero-width blanks', write: (tag) => tag.replace(/ /g, ' \u200b') },
];
/** Additions between the numbers. */
const numbers: readonly Spelling[] = [
  { name: 'a word between the points', write: (tag) => tag.replace(' 2 ', ' and 2 ') },
  { name: 'a negative number in a point', write: (tag) => tag.replace(' 2 ', ' 9 -17 600 2 ') },
  { name: 'a minus sign in a point', write: (tag) => tag.replace(' 2 ', ' 9 173 −600 2 ') },
  {
    name: 'a negative id with large numbers behind it',
    write: (tag) => tag.replace(' 2 ', ' -9 173 600 2 '),
  },
];

const one = '<points coords="1 1 073 160 2 173 600">boats</points>';
const film = '<points coords="0.5 1 073 160 2 173 600;1.0 3 080 160">boats</points>';
const several = '<points coords="1 1 073 160 2 173 600;3 3 080 160">boats</points>';

describe.each([...spellings, ...numbers])('$name', ({ name, write }) => {
  test.each([
    ['image', one],
    ['video', film],
    ['multi', several],
  ] as const)('%s: both readers find the points, times and labels of the plain writing', (kind, plain) => {
    const expected = both(plain, kind);
    const text = `Here: ${write(plain)} and so on.`;
    expect(write(plain)).not.toBe(plain);
    const actual = both(text, kind);
    expect(actual.stream).toEqual(expected.stream);
    expect(actual.extract).toEqual(expected.extract);
    // The label is written in the same signs as the rest.
    if (name !== 'full-width signs throughout') expect(actual.labels).toEqual(expected.labels);
  });

  test('however it is cut into pieces', () => {
    const { cut } = generator(7);
    const text = write(film);
    const whole = read([text], 'video');
    for (let n = 0; n < 30; n++) {
      const { points, count } = read(cut(text), 'video');
      expect({ points, count }).toEqual({ points: whole.points, count: whole.count });
    }
  });

  test('cut off anywhere, it has no point that the whole has not', () => {
    const text = write(film);
    const all = read([text], 'video').points.map((p) => [p.timeSec, p.x, p.y].join());
    for (let end = 0; end < text.length; end++)
      for (const p of read([text.slice(0, end)], 'video').points)
        expect(all).toContain([p.timeSec, p.x, p.y].join());
  });

  test('tracks as well', () => {
    const track = '<tracks coords="0.5 1 073 160 2 173 600;1.0 1 080 160">boats</tracks>';
    const text = write(track);
    expect(text).not.toBe(track);
    const plain = read([track], 'video');
    expect(read([text], 'video').tracks.map(({ id, points }) => ({ id, points }))).toEqual(
      plain.tracks.map(({ id, points }) => ({ id, points })),
    );
    expect(extractTracks(text, { ...size, fps: 2 }).frames).toEqual(
      extractTracks(track, { ...size, fps: 2 }).frames,
    );
  });
});

describe('separators between groups', () => {
  const times = [
    [0.5, 1, 73, 160],
    [1, 1, 80, 160],
  ];
  test.each([';', '; ', ' ; ', ';\n', ';\r\n  ', '\n', '\r\n', ', ', ' : ', '\t', ' \t', '； ', '，', ' '])(
    '%j keeps both times',
    (separator) => {
      const { stream } = both(`<points coords="0.5 1 073 160${separator}1.0 1 080 160">b</points>`, 'video');
      expect(stream).toEqual(times);
    },
  );

  test.each([';', '; ', ', ', ';  ', '\n', ';\n', '\r\n'])(
    '%j keeps the numbers of pictures',
    (separator) => {
      const { stream, extract } = both(
        `<points coords="1 1 073 160${separator}2 2 080 160">b</points>`,
        'multi',
      );
      expect(stream).toEqual([
        [1, 1, 73, 160],
        [2, 2, 80, 160],
      ]);
      expect(extract).toEqual(stream);
    },
  );
});

describe('times', () => {
  const timeOf = (key: string) => {
    const { stream, extract } = both(`<points coords="${key} 1 073 160">b</points>`, 'video');
    expect(extract).toEqual(stream);
    return stream[0]?.[0] ?? null;
  };
  test.each([
    ['83.5', 83.5],
    ['83', 83],
    ['83.', 83],
    ['.5', 0.5],
    ['83,5', 83.5],
    ['83.5s', 83.5],
    ['83.5sec', 83.5],
    ['1:23.5', 83.5],
    ['1:23,5', 83.5],
    ['01:23', 83],
    ['00:05', 5],
    ['00:01:23', 83],
    ['1:01:23.25', 3683.25],
    ['75:10', 4510],
    ['0.5:', 0.5],
    ['１：２３．５', 83.5],
  ])('%s is %d s', (key, expected) => {
    expect(timeOf(key)).toBe(expected);
  });

  test.each([
    '1:75',
    '1:5',
    '1:60:00',
    '00:00:05:12',
    '1.2.3',
    '-0.5',
    't=5',
    '1 :23.5',
    '1: 23.5',
    '1.0:2.0',
    '5 7',
  ])('%s is no certain time, and so no point', (key) => {
    expect(timeOf(key)).toBeNull();
  });

  test('of groups without separators are never those of the group before', () => {
    const { stream, extract } = both(
      '<points coords="0.5 1 073 160 1:23.5 1 080 160 2 1 090 170">b</points>',
      'video',
    );
    expect(stream).toEqual([
      [0.5, 1, 73, 160],
      [83.5, 1, 80, 160],
    ]);
    expect(extract).toEqual(stream);
  });
});

describe('older attribute forms, for one picture', () => {
  test.each([
    '<point x="7.3" y="16" alt="boat">boat</point>',
    "<point x='7.3' y='16' alt='boat'>boat</point>",
    '<point y="16" x="7.3" alt="boat">boat</point>',
    '<point x = "7.3" y = "16">boat</point>',
    '<point x=“7.3” y=“16”>boat</point>',
    '&lt;point x=&quot;7.3&quot; y=&quot;16&quot;&gt;boat&lt;/point&gt;',
    '<POINT X="7.3" Y="16">boat</POINT>',
    '<point\r\n  x="7.3"\r\n  y="16"\r\n>boat</point>',
    '<point x="７．３" y="１６">boat</point>',
    '<point x=7.3 y=16>boat</point>',
    '<point alt="boat" y="16%" x="7.3%"/>',
    '<points x1="7.3" y1="16" alt="boat"/>',
    '<points y1="16" alt="boat" x1="7,3">boat</points>',
  ])('%s', (text) => {
    const { stream, extract, labels } = both(text, 'image');
    expect(stream).toEqual([[null, null, 73, 160]]);
    expect(extract).toEqual(stream);
    expect(labels).toEqual(['boat']);
  });

  test('several of them, and some that are none', () => {
    const text =
      `<points x1="10" y1="20" y2="40" x2='30' x3="-1" y3="5" x4="101" y4="5" x5="50">boats</points>` +
      ` <point x="61.5" y="40.5" alt="Mt Rainier">the mountain</point>`;
    const { stream, extract, labels } = both(text, 'image');
    expect(stream.map(([, , x, y]) => [x, y])).toEqual([
      [100, 200],
      [300, 400],
      [615, 405],
    ]);
    expect(extract).toEqual(stream);
    expect(labels).toEqual(['boats', 'boats', 'the mountain']);
  });
});

describe('text that is no answer has no points while it streams', () => {
  test.each([
    'Here is the SVG: <rect x="10" y="20" width="5"/>',
    'The plot has x="5" y="6" as axes.',
    '<circle cx="40" cy="50" r="3"/> <text x="5" y="6">x</text>',
    '<polyline points="10,20 30,40"/> <use x="1" y="2"/>',
    '<pointer x="10" y="20"/> <pointset coords="1 1 100 200"> <points-list coords="1 1 100 200">',
    '<feSpotLight pointsAtX="1" pointsAtY="2"/>',
    '<area shape="rect" coords="1 1 100 200">',
    'coords="1 1 100 200" is how points are written',
    '<points>a</points> <b x="1" y="2" coords="1 1 100 200">',
    '```html\n<point>origin</point> <img x="1" y="2">\n```',
    'button.Click(12.5, 30.0); onClick(12.5, 30.0)',
    '{"x": 5, "y": 6}',
    'a < point x',
  ])('%s', (text) => {
    for (const kind of ['image', 'video', 'multi'] as const)
      expect(read([text], kind).points, kind).toEqual([]);
  });

  test('nor hides those that follow', () => {
    const text = `<rect x="10" y="20"/> <point <b>x</b> ${one}`;
    expect(both(text, 'image').stream).toEqual(both(one, 'image').stream);
  });
});

describe('labels', () => {
  test.each([
    ['<points coords="1 1 073 160" alt="boats"/>', 'boats'],
    ['<points coords="1 1 073 160" alt="boats">the boats</points>', 'the boats'],
    ['<points alt="boats" coords="1 1 073 160"></points>', 'boats'],
    [`<points coords='1 1 073 160' alt='the "red" one'/>`, 'the "red" one'],
    [`<points coords="1 1 073 160" alt="the dog's"/>`, "the dog's"],
    ['<points coords="1 1 073 160" alt=“Zoë’s dog”/>', 'Zoë’s dog'],
    ['<points coords=1 1 073 160 alt="boats"/>', 'boats'],
    ['<points coords="1 1 073 160">Tom &amp; Jerry</points>', 'Tom &amp; Jerry'],
    ['&lt;points coords="1 1 073 160"&gt;Tom &amp; Jerry&lt;/points&gt;', 'Tom & Jerry'],
    ['<points coords="1 1 073 160">red\r\nboat</points>', 'red'],
  ])('%s', (text, label) => {
    expect(both(text, 'image').labels).toEqual([label]);
    expect(both(text, 'image').extract).toEqual(both(text, 'image').stream);
  });
});

test('random well-formed answers are read alike by both readers, in every spelling', () => {
  const { random, pick } = generator(23);
  const number = (below: number) => String(Math.floor(random() * below)).padStart(3, '0');
  for (let n = 0; n < 400; n++) {
    const groups = Array.from({ length: 1 + Math.floor(random() * 4) }, (_, g) => {
      const triples = Array.from({ length: 1 + Math.floor(random() * 4) }, (_t, i) =>
        [g * 9 + i, number(1001), number(1001)].join(' '),
      );
      return `${(g * 0.5).toFixed(1)} ${triples.join(' ')}`;
    });
    const plain = `<points coords="${groups.join(pick([';', '\t']))}">boats</points>`;
    const expected = both(plain, 'video');
    expect(expected.extract).toEqual(expected.stream);
    const spelling = spellings[Math.floor(random() * spellings.length)];
    const odd = both(spelling?.write(plain) ?? '', 'video');
    if (spelling?.name.endsWith('between the points') || / 9 | -9 /.test(spelling?.write(plain) ?? ''))
      continue;
    expect(odd.stream, spelling?.name).toEqual(expected.stream);
    expect(odd.extract, spelling?.name).toEqual(expected.extract);
  }
});

test.each([
  ['ampersands', '&'.repeat(200_000)],
  ['backslashes', '\\'.repeat(200_000)],
  ['entities', '&quot;'.repeat(33_000)],
  ['brackets', '<point '.repeat(28_000)],
  ['attributes', `<point ${'x1="1" '.repeat(28_000)}`],
  ['open values', '<points alt="coords="'.repeat(9_000)],
  ['open coords', `<points${' coords="1 1 100 200'.repeat(10_000)}`],
  ['one word', `<points coords="1 ${'1:'.repeat(100_000)}`],
  ['foreign words', `<points coords="1 ${'-1 '.repeat(66_000)}`],
])('200 KB of %s are read within a second by both', (_, text) => {
  for (const kind of ['image', 'video'] as const) {
    const ms = cpuMs(() => {
      const stream = new AnswerStream(media[kind]);
      for (let i = 0; i < text.length; i += 4) stream.push(text.slice(i, i + 4));
      stream.end();
      extractPoints(text, shown[kind]);
    });
    expect(ms).toBeLessThan(1000);
  }
});
