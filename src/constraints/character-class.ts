// Which characters an atom of a regular expression matches, asked of the engine's own regular expressions: one run over all
// characters tells the ranges, and classes, properties and ignored case mean exactly what they mean elsewhere in JavaScript.

import type { CodeRange } from './utf8-ranges.ts';

const firstSurrogate = 0xd800;
const firstBehindSurrogates = 0xe000;
const firstOfTwoUnits = 0x10000;
const lastCode = 0x10ffff;

let everything = '';
const known = new Map<string, readonly CodeRange[]>();

/** All characters in order; made once, 4 MB. */
function allCharacters(): string {
  if (everything === '') {
    const parts: string[] = [];
    for (let code = 0; code <= lastCode; code++)
      if (code < firstSurrogate || code >= firstBehindSurrogates) parts.push(String.fromCodePoint(code));
    everything = parts.join('');
  }
  return everything;
}

/** The code point at a place of `allCharacters`, or behind the last one. */
function codeAt(unit: number): number {
  if (unit < firstSurrogate) return unit;
  const code = unit + (firstBehindSurrogates - firstSurrogate);
  return code < firstOfTwoUnits ? code : firstOfTwoUnits + (code - firstOfTwoUnits) / 2;
}

/**
 * Ranges of characters that an atom such as `[a-z]`, `\p{L}` or `.` matches, read with the flag u. Throws SyntaxError where it
 * is none.
 */
export function classRanges(atom: string, flags: 'u' | 'iu' | 'su' | 'isu'): readonly CodeRange[] {
  const key = `${flags}${atom}`;
  const found = known.get(key);
  if (found) return found;
  const all = allCharacters();
  const ranges: CodeRange[] = [];
  for (const { index, 0: run } of all.matchAll(new RegExp(`(?:${atom})+`, `g${flags}`)))
    ranges.push([codeAt(index), codeAt(index + run.length) - 1]);
  known.set(key, ranges);
  return ranges;
}
