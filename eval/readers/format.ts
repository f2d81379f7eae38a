// What every format of questions and references offers, and how a wrong file is told.

import { Molmo2Error } from '../../src/errors.ts';
import type { Question } from '../question.ts';

/** What a file does not say itself. */
export interface ReadContext {
  /** Names the file in errors. */
  readonly name: string;
  /** The size of a picture in pixels, for formats that do not hold it. */
  readonly sizeOf?: (source: string) => { readonly width: number; readonly height: number } | undefined;
  /** Frames per second of videos whose frames are only numbered. */
  readonly fps?: number;
  /** The sequence that a file of numbers alone is about, as its seqinfo.ini tells. */
  readonly sequence?: {
    readonly frames: readonly string[];
    readonly fps: number;
    readonly width: number;
    readonly height: number;
  };
}

/** Reads and writes one kind of file. Both throw `bad-dataset`: `read` with a line or key, `write` with a question's id. */
export interface DatasetFormat {
  readonly name: string;
  read(text: string, context: ReadContext): Question[];
  write(questions: readonly Question[]): string;
}

/** Refuses a file: `where` is a line or a key, `what` says what is there and what should be. */
export function refuseFile({ name }: ReadContext, where: string, what: string): never {
  throw new Molmo2Error(
    'bad-dataset',
    `${name}, ${where}: ${what}. Correct the file, or leave this part out.`,
  );
}

/** Refuses to write what a format has no place for, rather than to lose it. */
export function refuseQuestion({ id }: Question, format: string, what: string): never {
  throw new Molmo2Error(
    'bad-dataset',
    `The question "${id}" cannot be written as ${format}: ${what}. Choose another format, or leave it out.`,
  );
}

/** A value in an error, cut short. */
export function shown(value: unknown): string {
  return (JSON.stringify(value) ?? 'missing').slice(0, 60);
}

/** A medium's path or address; a file that is only in memory has none that could be written. */
export function pathOf(source: string | Blob, question: Question, format: string): string {
  return typeof source === 'string'
    ? source
    : refuseQuestion(question, format, 'its media have no file names');
}

/** Every id once: a second one would silently replace the first in reports. */
export function uniqueIds(questions: Question[], context: ReadContext): Question[] {
  const seen = new Set<string>();
  for (const { id } of questions) {
    if (seen.has(id)) refuseFile(context, `id ${shown(id)}`, 'two questions have this id');
    seen.add(id);
  }
  return questions;
}
