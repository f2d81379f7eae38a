// JSON that says where it is wrong: by line while it is parsed, by key once it is checked.

import * as v from 'valibot';
import { refuseFile, shown, type ReadContext } from './format.ts';

/** The line in which a parser stopped, out of its message: engines name it, or a position, or neither at the text's end. */
function lineOf(message: string, text: string): number {
  const [, line] = /line (\d+)/.exec(message) ?? [];
  if (line !== undefined) return Number(line);
  const [, position] = /position (\d+)/.exec(message) ?? [];
  return text.slice(0, position === undefined ? text.length : Number(position)).split('\n').length;
}

/** Keys that objects have of their own: checks would pass over what a file hides behind them. */
const inborn = ['__proto__', 'constructor', 'prototype'];

/** Parses a text that begins in line `firstLine` of the file. */
export function parsedJson(text: string, context: ReadContext, firstLine = 1): unknown {
  let hidden: string | undefined;
  const look = (key: string, value: unknown) => {
    if (inborn.includes(key)) hidden = key;
    return value;
  };
  try {
    // Looking at every key is slow, and hardly ever is there one to be found; \u may spell one.
    const value: unknown = /__proto__|constructor|prototype|\\u/.test(text)
      ? JSON.parse(text, look)
      : JSON.parse(text);
    if (hidden === undefined) return value;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const line = firstLine - 1 + lineOf(message, text);
    return refuseFile(context, `line ${line}`, `this is no JSON (${message.slice(0, 100)})`);
  }
  const where = firstLine > 1 ? `line ${firstLine}, ` : '';
  return refuseFile(context, `${where}key ${hidden}`, 'no format has such a key');
}

/** A value once it has the schema's shape; `where` stands before the key, such as `line 3, `. */
export function checked<Output>(
  schema: v.GenericSchema<unknown, Output>,
  value: unknown,
  context: ReadContext,
  where = '',
): Output {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const key = v.getDotPath(issue) ?? 'the whole value';
  return refuseFile(context, `${where}key ${key}`, `${shown(issue.input)}: ${issue.message.slice(0, 120)}`);
}

/** The rows of a JSONL file that are not empty, each with its line. */
export function jsonLines(
  text: string,
  context: ReadContext,
): { readonly line: number; readonly value: unknown }[] {
  const rows = text.split('\n').flatMap((row, i) => {
    const line = i + 1;
    return row.trim() === '' ? [] : [{ line, value: parsedJson(row, context, line) }];
  });
  return rows.length > 0 ? rows : refuseFile(context, 'line 1', 'the file is empty');
}

/** A size in pixels; far beyond these a mask of it would only fill the memory. */
export const side = v.pipe(
  v.number(),
  v.safeInteger('must be a whole number of pixels'),
  v.minValue(1, 'must be 1 or more'),
  v.maxValue(16_384, 'must be 16384 or less'),
);
export const finite = v.pipe(v.number(), v.finite('must be a number'));
export const seconds = v.pipe(finite, v.minValue(0, 'must be 0 or more'));
export const whole = v.pipe(v.number(), v.safeInteger('must be a whole number'));
export const countNumber = v.pipe(whole, v.minValue(0, 'must be 0 or more'));
export const path = v.pipe(v.string(), v.minLength(1, 'must not be empty'));
