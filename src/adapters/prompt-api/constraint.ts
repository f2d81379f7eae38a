// What an answer must be, of a `responseConstraint` and of what it has to begin with.

import type { Expectation } from '../../api.ts';
import { notSupported } from './dom-errors.ts';
import type { PromptOptions } from './prompt-types.ts';

/** Throws TypeError, or `NotSupportedError` for a prefix with a constraint. */
export function expectationOf(options: PromptOptions, prefix: string): Expectation | undefined {
  const { responseConstraint: constraint, omitResponseConstraintInput: omits = false } = options;
  if (constraint === undefined || constraint === null) {
    if (omits) throw new TypeError('"omitResponseConstraintInput" needs a "responseConstraint".');
    return prefix === '' ? undefined : { regExp: beginning(prefix) };
  }
  if (prefix !== '')
    throw notSupported('A prefix and a "responseConstraint" cannot be combined. Leave one of them out.');
  if (constraint instanceof RegExp) return { regExp: constraint };
  if (typeof constraint === 'object' && !Array.isArray(constraint)) return { jsonSchema: constraint };
  throw new TypeError(`"responseConstraint" must be a JSON schema or a RegExp, got ${typeof constraint}.`);
}

/** Every text that begins so. */
function beginning(prefix: string): RegExp {
  return new RegExp(`${prefix.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`)}[^]*`, 'u');
}
