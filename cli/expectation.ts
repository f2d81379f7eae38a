// `--expect`: what the answer must be, as the engine takes it.

import type { Expectation } from '../src/index.ts';
import { expectationTerm, namedAnswers } from '../src/constraints/expectation.ts';
import { Terms } from '../src/constraints/terms.ts';
import { UsageError } from './failure.ts';

/** What the option says; a schema is still to be read. */
export type WrittenExpectation = Expectation | { readonly schemaFile: string };

const forms = `${namedAnswers.join(', ')}, choices:A,B,..., regexp:PATTERN or schema:FILE.json`;

/** Throws UsageError, or RangeError as the engine does. */
export function writtenExpectation(text: string): WrittenExpectation {
  const name = namedAnswers.find((known) => known === text);
  if (name) return name;
  const [, kind, rest = ''] = /^(choices|regexp|schema):([^]*)$/.exec(text) ?? [];
  if (kind === undefined || rest === '') throw new UsageError(`--expect must be ${forms}; got "${text}".`);
  if (kind === 'schema') return { schemaFile: rest };
  return checked(kind === 'choices' ? { choices: rest.split(',') } : { regExp: regExpOf(rest) });
}

/** Refuses what cannot be, before a model is loaded. */
export function checked(expect: Expectation): Expectation {
  expectationTerm(new Terms(), expect, []);
  return expect;
}

function regExpOf(pattern: string): RegExp {
  try {
    return new RegExp(pattern, 'u');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(`--expect regexp:${pattern} is no regular expression: ${reason}.`);
  }
}
