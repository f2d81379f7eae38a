// Numbers of JSON as terms. With at most 15 digits all numbers that are written differently are different, and none is read as
// one beyond its bounds.

import type { Term, Terms } from './terms.ts';

/** Digits of a number that a double holds exactly. */
const mostDigits = 15;
const usualFraction = 6;

export interface NumberBounds {
  readonly isInteger: boolean;
  /** null where there is none. */
  readonly least: number | null;
  readonly isAboveLeast: boolean;
  readonly most: number | null;
  readonly isBelowMost: boolean;
}

/** Throws RangeError where no number lies within the bounds, or they have too many digits. */
export function numberTerm(terms: Terms, bounds: NumberBounds, name: string): Term {
  const { isInteger, least, most } = bounds;
  if (least === null && most === null) return freeNumber(terms, isInteger);
  const digits = isInteger ? 0 : fractionDigits([least, most], name);
  const scale = 10n ** BigInt(digits);
  const beyond = 10n ** BigInt(mostDigits) - 1n;
  let low = least === null ? -beyond : scaled(least, digits, name, 'up');
  let high = most === null ? beyond : scaled(most, digits, name, 'down');
  if (bounds.isAboveLeast && least !== null && isScaled(least, low, digits)) low += 1n;
  if (bounds.isBelowMost && most !== null && isScaled(most, high, digits)) high -= 1n;
  if (low > high) throw new RangeError(`${name} allows no number: nothing lies between its bounds.`);
  const plain = high < 0n ? terms.never : between(terms, low > 0n ? low : 0n, high, digits, scale);
  const minus = low >= 0n ? terms.never : between(terms, high < 0n ? -high : 1n, -low, digits, scale);
  return terms.either(plain, terms.sequence(terms.text('-'), minus));
}

function freeNumber(terms: Terms, isInteger: boolean): Term {
  const digit = terms.bytes(0x30, 0x39);
  const whole = terms.either(
    terms.text('0'),
    terms.sequence(terms.bytes(0x31, 0x39), terms.repeat(digit, 0, mostDigits - 1)),
  );
  const integer = terms.sequence(terms.optional(terms.text('-')), whole);
  if (isInteger) return integer;
  const fraction = terms.sequence(terms.text('.'), terms.repeat(digit, 1, mostDigits));
  const sign = terms.optional(terms.either(terms.text('+'), terms.text('-')));
  const e = terms.either(terms.text('e'), terms.text('E'));
  const exponent = terms.sequence(e, sign, terms.repeat(digit, 1, 2));
  return terms.sequence(integer, terms.optional(fraction), terms.optional(exponent));
}

/** Digits behind the point: as many as the bounds have and more, as far as there is room beside the digits before it. */
function fractionDigits(bounds: readonly (number | null)[], name: string): number {
  const texts = bounds.map((bound) => plainDecimal(bound ?? 0, name));
  const before = Math.max(...texts.map((text) => /\d+/.exec(text)?.[0].length ?? 1));
  const behind = Math.max(...texts.map((text) => /\.(\d+)/.exec(text)?.[1]?.length ?? 0));
  if (before + behind > mostDigits)
    throw new RangeError(`${name} has bounds of more than ${mostDigits} digits. Round them.`);
  return Math.max(behind, Math.min(usualFraction, mostDigits - before));
}

function plainDecimal(value: number, name: string): string {
  const text = String(value);
  if (/^-?\d+(\.\d+)?$/.test(text)) return text;
  throw new RangeError(`${name} has the bound ${text}, which has more than ${mostDigits} digits. Round it.`);
}

/** A bound times 10 ** digits, rounded to where numbers are allowed. */
function scaled(value: number, digits: number, name: string, towards: 'up' | 'down'): bigint {
  const [, sign = '', whole = '0', fraction = ''] =
    /^(-?)(\d+)(?:\.(\d+))?$/.exec(plainDecimal(value, name)) ?? [];
  const magnitude = BigInt(whole + fraction.slice(0, digits).padEnd(digits, '0'));
  if (magnitude >= 10n ** BigInt(mostDigits))
    throw new RangeError(`${name} has the bound ${value}, which has more than ${mostDigits} digits.`);
  const isCut = /[1-9]/.test(fraction.slice(digits));
  const number = sign === '-' ? -magnitude : magnitude;
  if (!isCut) return number;
  if (sign === '-') return towards === 'down' ? number - 1n : number;
  return towards === 'up' ? number + 1n : number;
}

function isScaled(value: number, number: bigint, digits: number): boolean {
  return value === Number(number) / 10 ** digits;
}

/** Numbers of at least 0 times 10 ** digits, from the low to the high one. */
function between(terms: Terms, low: bigint, high: bigint, digits: number, scale: bigint): Term {
  const [lowWhole, highWhole] = [low / scale, high / scale];
  const [lowRest, highRest] = [low % scale, high % scale].map((rest) =>
    digits === 0 ? '' : String(rest).padStart(digits, '0'),
  ) as [string, string];
  const [zeros, nines] = ['0'.repeat(digits), '9'.repeat(digits)];
  const whole = (first: bigint, last: bigint) => (first > last ? terms.never : integers(terms, first, last));
  if (lowWhole === highWhole)
    return terms.sequence(whole(lowWhole, lowWhole), fractions(terms, lowRest, highRest));
  return terms.either(
    terms.sequence(whole(lowWhole, lowWhole), fractions(terms, lowRest, nines)),
    terms.sequence(whole(lowWhole + 1n, highWhole - 1n), fractions(terms, zeros, nines)),
    terms.sequence(whole(highWhole, highWhole), fractions(terms, zeros, highRest)),
  );
}

/** Integers of at least 0 without leading zeros. */
function integers(terms: Terms, first: bigint, last: bigint): Term {
  const lengths = Array.from({ length: mostDigits }, (_, i) => i + 1);
  const parts = lengths.map((length) => {
    const smallest = length === 1 ? 0n : 10n ** BigInt(length - 1);
    const largest = 10n ** BigInt(length) - 1n;
    const [low, high] = [first > smallest ? first : smallest, last < largest ? last : largest];
    return low > high ? terms.never : digitRun(terms, String(low), String(high), false);
  });
  return terms.either(...parts);
}

/** A point and digits behind it, which may be left out where they may be 0. */
function fractions(terms: Terms, low: string, high: string): Term {
  if (low === '') return terms.empty;
  const run = terms.sequence(terms.text('.'), digitRun(terms, low, high, true, true));
  return /^0+$/.test(low) ? terms.optional(run) : run;
}

/** Digits from the low to the high ones; with `mayStop` zeros at the end may be left out, but for the first digit. */
function digitRun(terms: Terms, low: string, high: string, mayStop: boolean, isFirst = false): Term {
  const length = low.length;
  if (length === 0) return terms.empty;
  if (low > high) return terms.never;
  const digit = terms.bytes(0x30, 0x39);
  const [isLowest, isHighest] = [/^0+$/.test(low), /^9+$/.test(high)];
  if (isLowest && isHighest) return terms.repeat(digit, mayStop ? (isFirst ? 1 : 0) : length, length);
  const [from, to] = [Number(low[0]), Number(high[0])];
  const [zeros, nines] = ['0'.repeat(length - 1), '9'.repeat(length - 1)];
  const begun = (first: number, last: number, rest: Term) =>
    first > last ? terms.never : terms.sequence(terms.bytes(0x30 + first, 0x30 + last), rest);
  const rest = (lowest: string, highest: string) => digitRun(terms, lowest, highest, mayStop);
  const run =
    from === to
      ? begun(from, to, rest(low.slice(1), high.slice(1)))
      : terms.either(
          begun(from, from, rest(low.slice(1), nines)),
          begun(from + 1, to - 1, rest(zeros, nines)),
          begun(to, to, rest(zeros, high.slice(1))),
        );
  return mayStop && !isFirst && isLowest ? terms.optional(run) : run;
}
