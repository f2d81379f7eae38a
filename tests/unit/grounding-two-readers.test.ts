// Seeded answers in every spelling at once: both readers find the same, except for the forms that docs/answer-text.md lists.

import { expect, test } from 'vitest';
import { generator } from './grounding-support.ts';
import { both, bothTracks, type Kind } from './two-readers.ts';

/** Separators that are published to hide the group behind them, where all of a video's separators are like that. */
const hiding = ['; ', ', '];
const separators = [
  ';',
  '\t',
  ',',
  ':',
  ...hiding,
  ' ;',
  ' , ',
  ';  ',
  ': ',
  ';\n',
  ';\r\n',
  '\n',
  '；',
  '， ',
];
const units = ['s', 'sec', ',5', '.'];
const quotes = ['"|"', '"|"', "'|'", '“|”', '„|“', '&quot;|&quot;', '\\"|\\"', '|'];
const malformed = [' 9 -17 600', ' 9 173 −600', ' 9 73 160', ' 9 173 1001', ' and', ' 9 10000 200'];

interface Answer {
  readonly text: string;
  readonly separators: readonly string[];
  /** Nothing but the separators differs from the training's spelling. */
  readonly isPlain: boolean;
}

function answers(seed: number, name: 'points' | 'tracks', kind: Kind) {
  const { random } = generator(seed);
  const one = <T>(of: readonly T[]): T => {
    const item = of[Math.floor(random() * of.length)];
    if (item === undefined) throw new Error('nothing to choose from');
    return item;
  };
  const seldom = (of: readonly string[], otherwise = '') => (random() < 0.3 ? one(of) : otherwise);
  const number = () => String(Math.floor(random() * 1001)).padStart(3, '0');
  const clock = (sec: number) => `${Math.floor(sec / 60)}:${(sec % 60).toFixed(1).padStart(4, '0')}`;
  const key = (group: number) => {
    if (kind !== 'video') return String(group + 1);
    const sec = group * 0.5 + Math.floor(random() * 2) * 60;
    return random() < 0.1 ? clock(sec) : sec.toFixed(1) + seldom(units);
  };
  return (): Answer => {
    const isPlain = random() < 0.5;
    const oneOf = isPlain ? [one(separators)] : separators;
    const used: string[] = [];
    let coords = '';
    for (let group = 0, id = 1; group <= random() * 4; group++) {
      if (group > 0) used.push(one(oneOf));
      coords += `${used[group - 1] ?? ''}${isPlain ? (group * 0.5).toFixed(kind === 'video' ? 1 : 0) : key(group)}`;
      for (let n = 0; n <= random() * 3; n++)
        coords += ` ${id++} ${number()} ${number()}${isPlain ? '' : seldom(malformed)}`;
    }
    return {
      text: isPlain ? `<${name} coords="${coords}">b</${name}>` : spelled(name, coords),
      separators: used,
      isPlain,
    };
  };

  function spelled(tag: string, coords: string): string {
    const [open = '', close = ''] = one(quotes).split('|');
    const before = seldom([' alt="a > b"', ' id=1', ` alt="it's"`]);
    const after = seldom([' ', '/', ' alt="boats"', '\r\n']);
    const equals = seldom([' = ', '\n='], '=');
    const cased = (word: string) => (random() < 0.1 ? word.toUpperCase() : word);
    const zero = Number(seldom(['0xff10', '0x660'], '0x30'));
    const digits = coords.replace(/\d/g, (digit) => String.fromCodePoint(zero + Number(digit)));
    const inner = `${seldom([' '])}${digits}${seldom([' ', '\n'])}`;
    const gap = seldom(['\r\n', '  ', '\t'], ' ');
    const text = `<${cased(tag)}${before}${gap}${cased('coords')}${equals}${open}${inner}${close}${after}>b</${tag}>`;
    return `Here: ${random() < 0.1 ? text.replaceAll('<', '&lt;').replaceAll('>', '&gt;') : text}.`;
  }
}

const isHiding = ({ isPlain, separators: used }: Answer) =>
  isPlain &&
  used.length > 0 &&
  hiding.includes(used[0] ?? '') &&
  used.every((separator) => separator === used[0]);

test.each([
  ['image', 3],
  ['video', 5],
  ['multi', 7],
] as const)('points, %s', (kind, seed) => {
  const next = answers(seed, 'points', kind);
  const seen = { same: 0, hidden: 0, none: 0 };
  for (let n = 0; n < 1000; n++) {
    const answer = next();
    const { stream, extract } = both(answer.text, kind);
    const text = JSON.stringify(answer.text);
    if (stream.length === 0) seen.none++;
    else if (kind === 'video' && isHiding(answer)) {
      seen.hidden++;
      expect(extract, text).toEqual(stream.filter(([time]) => time === stream[0]?.[0]));
    } else {
      seen.same++;
      expect(extract, text).toEqual(stream);
    }
  }
  expect(seen.same + seen.hidden).toBeGreaterThan(850);
  expect(seen.hidden).toBeGreaterThan(kind === 'video' ? 50 : -1);
});

test('tracks', () => {
  const next = answers(11, 'tracks', 'video');
  let found = 0;
  for (let n = 0; n < 1000; n++) {
    const { text } = next();
    const { stream, extract } = bothTracks(text);
    if (stream.length === 0) continue;
    found++;
    expect(extract, JSON.stringify(text)).toEqual(stream);
  }
  expect(found).toBeGreaterThan(850);
});
