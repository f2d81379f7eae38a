// Characters as the bytes that spell them.

import type { Term, Terms } from './terms.ts';

/** Code points from the first to the last, both included. */
export type CodeRange = readonly [first: number, last: number];

const lengths = [
  { last: 0x7f, lead: 0, tail: 0 },
  { last: 0x7ff, lead: 0xc0, tail: 1 },
  { last: 0xffff, lead: 0xe0, tail: 2 },
  { last: 0x10ffff, lead: 0xf0, tail: 3 },
] as const;

/** Halves of pairs, which are no characters of their own. */
const surrogates: CodeRange = [0xd800, 0xdfff];

/** One character of ranges that ascend and do not touch. */
export function oneOf(terms: Terms, ranges: readonly CodeRange[]): Term {
  const known = without(ranges, [surrogates]);
  const parts = lengths.map(({ last, lead, tail }, i) => {
    const first = (lengths[i - 1]?.last ?? -1) + 1;
    return spelled(terms, within(known, first, last), lead, tail);
  });
  return terms.either(...parts);
}

/** The bytes of numbers below 2 ** (6 tail + 8): a first one that is `lead` and the highest bits, and `tail` more of six bits. */
function spelled(terms: Terms, ranges: readonly CodeRange[], lead: number, tail: number): Term {
  const bits = 6 * tail;
  const size = 2 ** bits;
  if (tail === 0) return terms.either(...ranges.map(([low, high]) => terms.bytes(lead + low, lead + high)));
  const highest = ranges.flatMap(([low, high]) => [low >> bits, high >> bits]);
  // Between the values where a range begins or ends, all bytes are followed by the same.
  const rests = new Map<Term, CodeRange[]>();
  const add = (low: number, high: number, rest: Term) => {
    const list = rests.get(rest) ?? [];
    const before = list.at(-1);
    if (before?.[1] === low - 1) list[list.length - 1] = [before[0], high];
    else list.push([low, high]);
    rests.set(rest, list);
  };
  const all = terms.repeat(terms.bytes(0x80, 0xbf), tail, tail);
  let done = -1;
  for (const value of [...new Set(highest)].sort((a, b) => a - b)) {
    // Values that lie wholly inside of a range.
    if (
      value - 1 > done &&
      ranges.some(([low, high]) => low <= (done + 1) * size && value * size - 1 <= high)
    )
      add(done + 1, value - 1, all);
    const part = within(ranges, value * size, (value + 1) * size - 1);
    const rest = isAll(part, value * size, size)
      ? all
      : spelled(
          terms,
          part.map(([low, high]) => [low - value * size, high - value * size]),
          0x80,
          tail - 1,
        );
    add(value, value, rest);
    done = value;
  }
  const bytes = (list: readonly CodeRange[]) =>
    terms.either(...list.map(([low, high]) => terms.bytes(lead + low, lead + high)));
  return terms.either(...Array.from(rests, ([rest, list]) => terms.sequence(bytes(list), rest)));
}

function isAll(ranges: readonly CodeRange[], first: number, size: number): boolean {
  return ranges.length === 1 && ranges[0]?.[0] === first && ranges[0][1] === first + size - 1;
}

/** What of the ranges lies between two code points. */
function within(ranges: readonly CodeRange[], first: number, last: number): CodeRange[] {
  return ranges
    .filter(([low, high]) => low <= last && high >= first)
    .map(([low, high]) => [Math.max(low, first), Math.min(high, last)]);
}

/** What of the ranges lies outside of others, which ascend. */
export function without(ranges: readonly CodeRange[], others: readonly CodeRange[]): CodeRange[] {
  const bounds = [-1, ...others.flat(), Infinity];
  return Array.from({ length: bounds.length / 2 }, (_, i) => {
    const [after = 0, before = 0] = bounds.slice(2 * i);
    return within(ranges, after + 1, before - 1);
  })
    .flat()
    .sort((a, b) => a[0] - b[0]);
}

/** Every character. */
export const anyCharacter: readonly CodeRange[] = [[0, 0x10ffff]];
