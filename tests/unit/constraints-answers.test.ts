import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Grammars } from '../../src/constraints/grammars.ts';
import { allows } from '../../src/constraints/token-masks.ts';
import { seededRandom } from '../../src/decoder/sampling.ts';
import { AnswerStream } from '../../src/grounding/answer-stream.ts';
import type { Expectation, MediaInfo } from '../../src/index.ts';
import { wrongIn, type Promised } from '../expected-answers.ts';
import { idsOf, randomText, verdictOf } from './guided-walk.ts';
import { readTokenizer } from './text-support.ts';

const tokenizer = readTokenizer(new URL('../../models/shapes/', import.meta.url));
const vocabSize = 512;
const newGrammars = () =>
  new Grammars({ vocabSize, endIds: tokenizer.eosIds, piece: (id) => tokenizer.piece(id) });
const times = ['0.0', '0.5', '1.0', '1.5', '1.7'];
const size = { width: 1000, height: 1000 };

const videoOf = (timestamps: readonly number[]): MediaInfo => ({
  kind: 'video',
  sizes: [size],
  timestamps,
  durationSec: 2,
});

function read(text: string) {
  const stream = new AnswerStream(videoOf(times.map(Number)));
  stream.push(text);
  stream.end();
  return stream;
}

test.each<Promised>(['points', 'count', 'tracks'])(
  '25 random answers of the kind %s are well-formed, and read as what they say',
  (promised) => {
    const random = seededRandom(promised.length);
    const grammars = newGrammars();
    const found = { points: 0, tracks: 0, counts: 0 };
    for (let run = 0; run < 25; run++) {
      const { text, ended } = randomText(grammars.guide(promised, times), tokenizer, vocabSize, random, 2000);
      if (!ended) continue;
      expect(wrongIn(text, promised, times), text).toBeNull();
      const { points, tracks, count } = read(text);
      const coords = /coords="(.*?)"/.exec(text)?.[1] ?? '';
      const written = [...coords.matchAll(/ (\d+) (\d{3}) (\d{3})/g)];
      if (promised === 'tracks')
        expect(
          tracks.flatMap((track) => track.points),
          text,
        ).toHaveLength(written.length);
      else {
        expect(
          points.map(({ id, x, y }) => [id, x, y]),
          text,
        ).toEqual(written.map((match) => match.slice(1).map(Number)));
        const said = /total of (\d+)|are (\d+) |^(\d+)/.exec(text.replace(/<.*>/, ''));
        if (said) expect(count, text).toBe(Number(said[1] ?? said[2] ?? said[3]));
      }
      found.points += points.length > 0 ? 1 : 0;
      found.tracks += tracks.length > 0 ? 1 : 0;
      found.counts += count !== null ? 1 : 0;
    }
    if (promised === 'tracks') expect(found.tracks).toBeGreaterThan(5);
    else expect(found.points).toBeGreaterThan(2);
    if (promised === 'count') expect(found.counts).toBeGreaterThan(18);
  },
);

test('every sample answer that is of a kind is allowed by it', () => {
  const index = new URL('../fixtures/samples/index.json', import.meta.url);
  const samples = JSON.parse(readFileSync(index, 'utf8')) as {
    kind: string;
    media: string[];
    timestamps?: number[];
    questions: { answer: string }[];
  }[];
  const seen = { points: 0, count: 0, tracks: 0, 'yes-no': 0, none: 0 };
  for (const { kind, media, timestamps = [], questions } of samples) {
    const keys = kind === 'video' ? timestamps.map((sec) => sec.toFixed(1)) : media.map((_, i) => String(i + 1));
    for (const { answer } of questions) {
      const begins = answer.slice(0, 8);
      const kinds = { '<points ': 'points', Counting: 'count', '<tracks ': 'tracks', Yes: 'yes-no', No: 'yes-no' } as const;
      const expected = kinds[begins as keyof typeof kinds];
      seen[expected ?? 'none'] += 1;
      if (expected) expect(verdictOf(expected, keys)(answer), answer).toBe('whole');
      if (expected === 'count') expect(verdictOf('points', keys)(answer), answer).toBe('whole');
    }
  }
  for (const kind of ['points', 'count', 'tracks', 'yes-no'] as const) expect(seen[kind], kind).toBeGreaterThan(0);
}); // prettier-ignore

const tag = (coords: string, label = 'cup') => `<points coords="${coords}">${label}</points>`;

test.each<[Expectation, readonly string[], readonly string[]]>([
  [
    'points',
    ['There are none.', tag('0.0 1 000 999 2 010 020;1.7 3 500 500'), `There are 2 ${tag('0.5 1 001 002;1.0 2 003 004')}.`,
      `Counting the ${tag('0.5 1 001 002')} shows a total of 1.`, tag('0.0 1 000 999', 'salt & pepper, "big"')],
    ['', '2', tag('0.2 1 000 999'), tag('0.5 1 000 999;0.5 2 000 999'), tag('0.5 1 000 999;0.0 2 000 999'), tag('0.5 2 000 999'),
      tag('0.5 1 1000 999'), tag('0.5 1 10 999'), tag('0.5 1 010 999', ''), tag('0.5 1 010 999', 'a<b'), tag('0.5 1 010 999', 'a&lt;b'),
      tag('0.5 1 010 999', 'A Total Of'), `There are 3 ${tag('0.5 1 001 002;1.0 2 003 004')}.`, `There are 0 ${tag('')}.`,
      `Counting the ${tag('0.5 1 001 002')} shows a total of 2.`, ` ${tag('0.0 1 000 999')}`, `${tag('0.0 1 000 999')} `],
  ],
  ['count', ['0', '12', '9999.', 'There are none.', `Counting the ${tag('0.5 1 001 002')} shows a total of 1.`],
    ['01', '-1', '12345', 'two', tag('0.5 1 001 002')]],
  ['tracks', ['No tracks available.', 'There are none.', tag('0.0 1 000 999 2 010 020;0.5 2 500 500;1.0 1 001 002 2 003 004 3 001 002').replaceAll('points', 'tracks')],
    [tag('0.0 1 000 999'), tag('0.0 2 000 999').replaceAll('points', 'tracks'), tag('0.0 1 000 999;0.5 3 000 999').replaceAll('points', 'tracks'),
      tag('0.0 1 000 999 2 000 111;0.5 2 000 999 1 000 222').replaceAll('points', 'tracks')]],
  ['yes-no', ['Yes', 'No', 'yes.', 'no.'], ['', 'YES', 'Yes, it is', 'maybe', ' Yes', 'Yes ']],
  [{ choices: ['left', 'left hand', 'größer', '日本'] }, ['left', 'left hand', 'größer', '日本'], ['right', 'Left', 'left ', 'groesser']],
])('%j: what fits and what does not', (expected, right, wrong) => {
  const verdict = verdictOf(expected, times);
  for (const text of right) expect(verdict(text), text).toBe('whole');
  for (const text of wrong) expect(verdict(text), text).not.toBe('whole');
}); // prettier-ignore

test('a mask holds exactly the tokens whose bytes the grammar takes, and the end where the text may end', () => {
  const guide = newGrammars().guide({ choices: ['There are none', 'There is a red star', '(é)'] }, []);
  const texts = ['There are none', 'There is a red star', '(é)'].map((text) => Buffer.from(text).toString('latin1'));
  let said = '';
  for (const id of [...tokenizer.encode('There is a red star'), -1]) {
    const fitting = Array.from({ length: vocabSize }, (_, one) => one).filter((one) => {
      const piece = tokenizer.piece(one);
      const text = said + (typeof piece === 'string' ? piece : Buffer.from(piece).toString('latin1'));
      if (tokenizer.eosIds.includes(one)) return texts.includes(said);
      return piece.length > 0 && texts.some((whole) => whole.startsWith(text));
    });
    expect(fitting.length).toBeGreaterThan(0);
    expect(idsOf(guide.mask, vocabSize)).toEqual(fitting);
    expect(guide.isComplete).toBe(id < 0);
    if (id < 0) break;
    guide.take(id);
    said += Buffer.from(tokenizer.piece(id) as Uint8Array).toString('latin1');
  }
}); // prettier-ignore

test('a grammar is built once, its masks too, and two answers go through it side by side', () => {
  const grammars = newGrammars();
  const [a, b] = [grammars.guide({ regExp: /ab?c/ }, []), grammars.guide({ regExp: /ab?c/ }, [])];
  expect(a.mask).toBe(b.mask);
  const [idOfA = 0] = tokenizer.encode('a');
  a.take(idOfA);
  expect(a.mask).not.toBe(b.mask);
  expect(allows(b.mask, idOfA)).toBe(true);
  expect(allows(a.mask, idOfA)).toBe(false);
  expect(grammars.guide({ regExp: /ab?c/i }, []).mask).not.toBe(b.mask);
  expect(grammars.guide({ choices: ['ab?c'] }, []).mask).not.toBe(b.mask);
  expect(() => b.take(tokenizer.encode('c')[0] ?? 0)).toThrow('is not in the grammar here');
});

test('states whose counts no token can reach have one mask, and those near the end their own', () => {
  const guide = newGrammars().guide({ regExp: /[a-z]{40,60}/ }, []);
  const [id = 0] = tokenizer.encode('q');
  const masks = Array.from({ length: 61 }, () => {
    const { mask } = guide;
    if (allows(mask, id)) guide.take(id);
    return mask;
  });
  const longest = Math.max(...Array.from({ length: vocabSize }, (_, one) => tokenizer.piece(one).length));
  expect(longest).toBeLessThan(20);
  const kinds = masks.slice(0, 40 - longest).map((mask) => masks.indexOf(mask));
  expect(new Set(kinds).size).toBe(1);
  const mayEnd = masks.map((mask) => allows(mask, tokenizer.eosIds[0] ?? 0));
  expect(mayEnd).toEqual(masks.map((_, count) => count >= 40));
  const lengths = masks.map((mask) => Math.max(...idsOf(mask, vocabSize).map((one) => tokenizer.eosIds.includes(one) ? 0 : tokenizer.piece(one).length)));
  const words = Array.from({ length: vocabSize }, (_, one) => tokenizer.piece(one)).filter((piece) => /^[a-z]+$/.test(Buffer.from(piece as Uint8Array).toString('latin1')));
  expect(lengths).toEqual(masks.map((_, count) => Math.max(0, ...words.map(({ length }) => length).filter((length) => length <= 60 - count))));
}); // prettier-ignore

test('states that were passed are forgotten in a long answer, and it goes on', () => {
  const guide = newGrammars().guide({ regExp: /(?:[a-z]{100000}|[0-9]{100000})/ }, []);
  const [id = 0] = tokenizer.encode('q');
  for (let i = 0; i < 70_000; i++) guide.take(id);
  expect(idsOf(guide.mask, vocabSize)).toContain(id);
  for (let i = 0; i < 30_000; i++) guide.take(id);
  expect(idsOf(guide.mask, vocabSize)).toEqual(tokenizer.eosIds);
  expect(guide.isComplete).toBe(true);
});
