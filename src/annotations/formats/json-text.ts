// JSON inside other texts and out of files: written without signs that mean something there, parsed and checked with the place of
// what is wrong.

import * as v from 'valibot';
import { largestId } from '../document/document.ts';
import { refuseFile, shown } from './fault.ts';

/**
 * JSON that may stand in HTML, SVG and WebVTT as it is: no bracket, ampersand or sign that XML forbids is in it, and no line
 * break.
 */
export function plainJson(value: unknown): string {
  const escaped = (sign: string) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value).replaceAll(/[<>&\u007f-\u009f\u2028\u2029\ufffe\uffff]/g, escaped);
}

/** `what` names the text in errors. */
export function parsedJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return refuseFile(what, `this is no JSON (${message.slice(0, 100)})`);
  }
}

/** A value once it has the shape of the schema; `before` stands before the key in errors. */
export function checked<Output>(
  schema: v.GenericSchema<unknown, Output>,
  value: unknown,
  before = '',
): Output {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const key = v.getDotPath(issue);
  return refuseFile(
    `${before}${key === null ? 'the whole file' : `key "${key}"`}`,
    `${shown(issue.input)}: ${issue.message.slice(0, 120)}`,
  );
}

export const finite = v.pipe(v.number('must be a number'), v.finite('must be a finite number'));
export const seconds = v.pipe(finite, v.minValue(0, 'must be 0 or more'));
export const whole = v.pipe(v.number('must be a number'), v.safeInteger('must be a whole number'));
export const counted = v.pipe(whole, v.minValue(1, 'must be 1 or more'));
/** Of an object. */
export const objectId = v.pipe(counted, v.maxValue(largestId, `must be ${largestId} or less`));
export const side = v.pipe(
  whole,
  v.minValue(1, 'must be 1 or more'),
  v.maxValue(65_536, 'must be 65536 or less'),
);
export const text = v.string('must be a text');
export const color = v.pipe(text, v.regex(/^#[0-9a-f]{6}$/i, 'must be #rrggbb'));
export const flag = v.boolean('must be true or false');
export const kind = v.picklist(['points', 'track'], 'must be points or track');
export const origin = v.picklist(
  ['sampled', 'made', 'interpolated'],
  'must be sampled, made or interpolated',
);
