// Reads the values of parsed options as texts and numbers.

import { UsageError } from './failure.ts';

/** What a number must be; bounds are inclusive except `above`. */
export interface NumberRange {
  readonly integer?: boolean;
  readonly from?: number;
  readonly above?: number;
  readonly to?: number;
}

export interface OptionReader<Name extends string> {
  readonly has: (name: Name) => boolean;
  readonly all: (name: Name) => readonly string[];
  readonly text: (name: Name) => string | undefined;
  /** Throws UsageError when the value is no number or lies outside. */
  readonly number: (name: Name, range: NumberRange) => number | undefined;
  /** Numbers between commas. */
  readonly numbers: (name: Name, range: NumberRange) => readonly number[] | undefined;
}

const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

function wanted({ integer, from, above, to }: NumberRange): string {
  const kind = integer ? 'an integer' : 'a number';
  if (from !== undefined && to !== undefined) return `${kind} from ${from} to ${to}`;
  if (above !== undefined) return `${kind} above ${above}${to === undefined ? '' : ` and at most ${to}`}`;
  return from === undefined ? kind : `${kind} of ${from} or more`;
}

function inRange(value: number, { integer, from, above, to }: NumberRange): boolean {
  return (
    Number.isFinite(value) &&
    (!integer || Number.isSafeInteger(value)) &&
    value >= (from ?? -Infinity) &&
    value > (above ?? -Infinity) &&
    value <= (to ?? Infinity)
  );
}

function parseNumber(text: string, range: NumberRange): number | undefined {
  const value = decimal.test(text.trim()) ? Number(text) : NaN;
  return inRange(value, range) ? value : undefined;
}

export function optionReader<Name extends string>(
  options: ReadonlyMap<string, readonly string[]>,
): OptionReader<Name> {
  const text = (name: Name) => options.get(name)?.[0];
  return {
    has: (name) => options.has(name),
    all: (name) => options.get(name) ?? [],
    text,
    number(name, range) {
      const value = text(name);
      if (value === undefined) return undefined;
      const number = parseNumber(value, range);
      if (number === undefined) throw new UsageError(`${name} must be ${wanted(range)}, got "${value}".`);
      return number;
    },
    numbers(name, range) {
      const value = text(name);
      return value?.split(',').map((part, i) => {
        const number = parseNumber(part, range);
        if (number !== undefined) return number;
        throw new UsageError(
          `${name} must be numbers between commas, each ${wanted(range)}; number ${i + 1} is "${part.trim()}".`,
        );
      });
    },
  };
}
