// How a file of annotations is refused: one error that names the place.

import { Molmo2Error } from '../../errors.ts';

/** Refuses a file: `where` is a line or a key, `what` says what is there and what should be. */
export function refuseFile(where: string, what: string): never {
  throw new Molmo2Error(
    'bad-annotations',
    `The annotations cannot be read: ${where}: ${what}. Correct the file, or choose another one.`,
  );
}

/** Refuses to write what a format has no place for. */
export function refuseToWrite(format: string, what: string): never {
  throw new Molmo2Error(
    'bad-annotations',
    `The annotations cannot be written as ${format}: ${what}. Choose another format.`,
  );
}

/** A value in an error, cut short. What holds others is only named: a damaged file may nest thousands of lists. */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value === 'number') return String(value);
  return (JSON.stringify(value) ?? 'missing').slice(0, 60);
}
