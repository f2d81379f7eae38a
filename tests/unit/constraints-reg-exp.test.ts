import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../src/decoder/sampling.ts';
import { verdictOf } from './guided-walk.ts';

const letters = ['a', 'b', 'é', '日', '😀', '-', '\n', 'K', 'ſ'];

/** A random expression of everything that is supported. */
function expression(random: () => number, depth: number): string {
  const pick = (list: readonly string[]) => list[Math.floor(random() * list.length)] ?? '';
  const atom = () => {
    if (depth > 0 && random() < 0.3)
      return `${pick(['(', '(?:', `(?<n${depth}${Math.floor(random() * 1e6)}>`])}${expression(random, depth - 1)})`;
    return pick([
      ...letters,
      '.',
      '\\w',
      '\\W',
      '\\s',
      '[ab]',
      '[^a]',
      '[a-zé]',
      '\\p{L}',
      '\\P{L}',
      '\\u{1F600}',
      '\\x61',
      '[\\-]',
    ]);
  };
  const part = () =>
    atom() + (random() < 0.4 ? pick(['*', '+', '?', '{2}', '{1,3}', '{2,}', '*?', '+?']) : '');
  const row = () => Array.from({ length: Math.floor(random() * 4) }, part).join('');
  return Array.from({ length: 1 + Math.floor(random() * 2) }, row).join('|');
}

test('200 random expressions allow the texts that JavaScript matches from end to end, and no others', () => {
  const random = seededRandom(1);
  let matched = 0;
  for (let run = 0; run < 200; run++) {
    const source = expression(random, 2);
    const flags = ['', 'i', 's', 'is', 'u'][run % 5] ?? '';
    const verdict = verdictOf({ regExp: new RegExp(source, `u${flags}`.replace('uu', 'u')) });
    const whole = new RegExp(`^(?:${source})$`, `u${flags}`.replace('uu', 'u'));
    for (let i = 0; i < 30; i++) {
      const text = Array.from({ length: Math.floor(random() * 5) }, () => letters[Math.floor(random() * letters.length)]).join('');
      const isMatch = whole.test(text);
      if (isMatch) matched += 1;
      expect(verdict(text) === 'whole', `/${source}/${flags} and ${JSON.stringify(text)}`).toBe(isMatch);
    }
  }
  expect(matched).toBeGreaterThan(200);
}); // prettier-ignore

test('backslashes that say nothing are passed over, as without the flag u', () => {
  const verdict = verdictOf({ regExp: new RegExp(String.raw`\"\-[\"\-\_\]]\\\.`) });
  for (const sign of ['"', '-', '_', ']']) expect(verdict(`"-${sign}\\.`), sign).toBe('whole');
  expect(verdict('"-\\\\.')).toBe('wrong');
});

test('counted repeats need no expansion, and anchors at the edges say nothing new', () => {
  const verdict = verdictOf({ regExp: /^(?:[a-z]{1,5000}, ){2,1000}end$|^x$/ });
  expect(verdict('ab, cd, end')).toBe('whole');
  expect(verdict('ab, end')).toBe('begun'); // of another part
  expect(verdict('ab, END')).toBe('wrong');
  expect(verdict(`${'q'.repeat(4999)}, q`)).toBe('begun');
  expect(verdict('x')).toBe('whole');
});

test('what is allowed is UTF-8: no byte that begins no character, no half of a pair, no overlong form', () => {
  const verdict = verdictOf({ regExp: /[^]*/ });
  expect(verdict(new Uint8Array([0xf0, 0x9f]))).toBe('begun');
  for (const bytes of [
    [0x80],
    [0xc0, 0x80],
    [0xed, 0xa0, 0x80],
    [0xed, 0xbf, 0xbf],
    [0xe0, 0x80, 0x80],
    [0xf4, 0x90, 0x80, 0x80],
    [0xff],
  ])
    expect(verdict(new Uint8Array(bytes)), bytes.join()).toBe('wrong');
  for (const code of [0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xffff, 0x10000, 0x10ffff])
    expect(verdict(String.fromCodePoint(code)), code.toString(16)).toBe('whole');
});

describe('what cannot be decided byte by byte is refused by its name', () => {
  test.each([
    [/a(?=b)/, 'a lookahead, "(?=" at character 2'],
    [/a(?!b)/, 'a negative lookahead, "(?!"'],
    [/(?<=a)b/, 'a lookbehind, "(?<="'],
    [/(?<!a)b/, 'a negative lookbehind, "(?<!"'],
    [/(a)\1/, 'a backreference, "\\1" at character 4'],
    [/(?<x>a)\k<x>/, 'a named backreference, "\\k"'],
    [/a\bb/, 'a word boundary, "\\b"'],
    [/a\B/, 'a word boundary, "\\B"'],
    [/a^b/, 'the anchor "^" inside'],
    [/(?:a$)b/, 'the anchor "$" inside'],
    [/a/m, 'the flag "m" (multiline)'],
    [new RegExp('[a-z]', 'v'), 'the flag "v" (unicodeSets)'],
    [/{/, 'is read with the flag "u"'],
  ])('%s', (regExp, message) => {
    expect(() => verdictOf({ regExp })).toThrow(RangeError);
    expect(() => verdictOf({ regExp })).toThrow(
      `options.expect.regExp has ${message}`.replace('has is', 'is'),
    );
  });
});

test('an expectation that is none is refused with what may be written', () => {
  for (const wrong of [null, 'point', {}, { choices: ['a'], regExp: /a/ }, { choice: [] }, 7, ['a']])
    expect(() => verdictOf(wrong as never), JSON.stringify(wrong)).toThrow(
      /^options\.expect must be "points", "tracks", "count", "yes-no", \{ choices \}, \{ regExp \} or \{ jsonSchema \}; got /,
    );
  expect(() => verdictOf({ choices: [] })).toThrow('options.expect.choices must be a list of texts, got []');
  expect(() => verdictOf({ choices: ['a', ''] })).toThrow('number 2 is ""');
  expect(() => verdictOf({ regExp: 'a+' as never })).toThrow('must be a regular expression such as /\\d+/, got "a+"');
}); // prettier-ignore
