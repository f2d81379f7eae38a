// Pieces of JSON as terms: strings, numbers within bounds, and the blanks between them.

import { regExpTerm } from './reg-exp.ts';
import type { Term, Terms } from './terms.ts';
import { anyCharacter, oneOf, without, type CodeRange } from './utf8-ranges.ts';

const shortEscapes: Readonly<Record<number, string>> = {
  0x08: '\\b',
  0x09: '\\t',
  0x0a: '\\n',
  0x0c: '\\f',
  0x0d: '\\r',
  0x22: '\\"',
  0x2f: '\\/',
  0x5c: '\\\\',
};
const controls: CodeRange = [0, 0x1f];
const escaped: readonly CodeRange[] = [controls, [0x22, 0x22], [0x5c, 0x5c]];

/** One of these characters as it stands in a string: itself, or with a backslash where it has to have one. */
function stringCharacter(terms: Terms, ranges: readonly CodeRange[]): Term {
  const has = (code: number) => ranges.some(([first, last]) => first <= code && code <= last);
  const short = Object.entries(shortEscapes).filter(([code]) => has(Number(code)));
  const long = Array.from({ length: controls[1] + 1 }, (_, code) => code)
    .filter(has)
    .map((code) => terms.text(`\\u${code.toString(16).padStart(4, '0')}`));
  return terms.either(
    oneOf(terms, without(ranges, escaped)),
    ...short.map(([, text]) => terms.text(text)),
    ...long,
  );
}

/** Any character of a string, also as \u and four digits; halves of pairs are none. */
function anyStringCharacter(terms: Terms): Term {
  const digit = (from: string, to: string) => terms.bytes(from.charCodeAt(0), to.charCodeAt(0));
  const letters = (last: string) => terms.either(digit('a', last), digit('A', last.toUpperCase()));
  const hex = terms.either(digit('0', '9'), letters('f'));
  // The highest digits of halves of pairs are d8 to df.
  const first = terms.either(digit('0', '9'), letters('c'), terms.bytes(0x65, 0x66), terms.bytes(0x45, 0x46));
  const d = terms.either(terms.text('d'), terms.text('D'));
  const highest = terms.either(terms.sequence(first, hex), terms.sequence(d, digit('0', '7')));
  const unicode = terms.sequence(terms.text('\\u'), highest, hex, hex);
  const short = Object.values(shortEscapes).map((text) => terms.text(text));
  return terms.either(oneOf(terms, without(anyCharacter, escaped)), ...short, unicode);
}

/** A string of so many characters. */
export function stringTerm(terms: Terms, least: number, most: number): Term {
  const quote = terms.text('"');
  return terms.sequence(quote, terms.repeat(anyStringCharacter(terms), least, most), quote);
}

/** A string with a match of a pattern in it. Throws RangeError. */
export function patternTerm(terms: Terms, pattern: RegExp, name: string): Term {
  const quote = terms.text('"');
  const character = (ranges: readonly CodeRange[]) => stringCharacter(terms, ranges);
  return terms.sequence(quote, regExpTerm(terms, pattern, { name, match: 'part', character }), quote);
}

/** Nothing, a blank, or a new line that is indented by four blanks a level at most: no answer gets lost in blanks. */
export function blankTerm(terms: Terms, level: number): Term {
  const indent = terms.repeat(terms.text(' '), 0, 4 * level);
  return terms.either(terms.empty, terms.text(' '), terms.sequence(terms.text('\n'), indent));
}
