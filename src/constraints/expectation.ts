// What an answer is expected to be -> the term of all answers that are. Refuses what makes no sense.

import type { Expectation } from '../api.ts';
import { namedAnswer, namedAnswers, type NamedAnswer } from './answer-grammars.ts';
import type { GroupKeys } from './coordinates-grammar.ts';
import { schemaTerm } from './json-schema.ts';
import { regExpTerm } from './reg-exp.ts';
import type { Term, Terms } from './terms.ts';

export { namedAnswers };

const option = 'options.expect';
const forms = `${namedAnswers.map((name) => `"${name}"`).join(', ')}, { choices }, { regExp } or { jsonSchema }`;

/** An expectation that may have come from anywhere. */
interface Given {
  readonly choices?: unknown;
  readonly regExp?: unknown;
  readonly jsonSchema?: unknown;
}

function shown(value: unknown): string {
  return JSON.stringify(value) ?? String(value);
}

/** Throws TypeError for what is no expectation. */
function givenOf(expect: Expectation): NamedAnswer | Given {
  const name = namedAnswers.find((known) => known === expect);
  if (name) return name;
  const keys = typeof expect === 'object' && expect !== null ? Object.keys(expect) : [];
  if (keys.length !== 1 || !['choices', 'regExp', 'jsonSchema'].includes(keys[0] ?? ''))
    throw new TypeError(`${option} must be ${forms}; got ${shown(expect)}.`);
  return expect as Given;
}

/** Text that two expectations have in common only where they are the same. */
export function expectationKey(expect: Expectation): string {
  const given = givenOf(expect);
  return typeof given !== 'string' && isRegExp(given.regExp)
    ? `/${given.regExp.source}/${given.regExp.flags}`
    : shown(given);
}

/** The kind of answers that name pictures or times; null for others. */
export function namedPlaces(expect: Expectation): 'points' | 'tracks' | 'count' | null {
  return expect === 'points' || expect === 'tracks' || expect === 'count' ? expect : null;
}

/** `keys` are what points may name. Throws TypeError or RangeError naming what cannot be. */
export function expectationTerm(terms: Terms, expect: Expectation, keys: GroupKeys): Term {
  const given = givenOf(expect);
  if (typeof given === 'string') return namedAnswer(terms, given, keys);
  const { choices, regExp, jsonSchema } = given;
  if (choices !== undefined) return terms.either(...choicesOf(choices).map((text) => terms.text(text)));
  if (regExp === undefined) return schemaTerm(terms, jsonSchema, `${option}.jsonSchema`);
  if (!isRegExp(regExp))
    throw new TypeError(
      `${option}.regExp must be a regular expression such as /\\d+/, got ${shown(regExp)}.`,
    );
  return regExpTerm(terms, regExp, { name: `${option}.regExp`, match: 'whole' });
}

/** Also where it was made in another window. */
function isRegExp(value: unknown): value is RegExp {
  return Object.prototype.toString.call(value) === '[object RegExp]';
}

function choicesOf(choices: unknown): readonly string[] {
  if (!Array.isArray(choices) || choices.length === 0)
    throw new TypeError(`${option}.choices must be a list of texts, got ${shown(choices)}.`);
  return choices.map((one: unknown, i) => {
    if (typeof one === 'string' && one !== '') return one;
    throw new TypeError(
      `${option}.choices must be texts of at least one character; number ${i + 1} is ${shown(one)}.`,
    );
  });
}
