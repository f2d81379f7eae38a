// Questions as the text of a file, with media named from where that file will lie. For Node.

import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { Molmo2Error } from '../../src/errors.ts';
import { formats, type FormatName } from '../readers/formats.ts';
import type { Question } from '../question.ts';
import { isAddress } from './media-files.ts';
import { withMediaNames } from './named-media.ts';

/** A path as it is written in a file of `folder`: from there, where it lies on the same disk. */
function nameFrom(folder: string, name: string): string {
  if (isAddress(name)) return name;
  const way = relative(folder, name);
  return isAbsolute(way) ? name : way.split(sep).join('/');
}

/** The questions that a format has a place for, each looked at alone. */
export function fitting(format: FormatName, questions: readonly Question[]): Question[] {
  return questions.filter((question) => {
    try {
      formats[format].write([question]);
      return true;
    } catch (error) {
      if (error instanceof Molmo2Error && error.code === 'bad-dataset') return false;
      throw error;
    }
  });
}

/** The questions as the text of a file at `out`. Throws `bad-dataset` with the id of a question that the format has no place for. */
export function textAt(out: string, format: FormatName, questions: readonly Question[]): string {
  const folder = dirname(resolve(out));
  return formats[format].write(
    questions.map((question) => withMediaNames(question, (name) => nameFrom(folder, name))),
  );
}
