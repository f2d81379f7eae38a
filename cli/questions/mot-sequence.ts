// A sequence of MOT Challenge: a folder with seqinfo.ini, the frames, and gt/gt.txt.

import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { ReadContext } from '../../eval/readers/format.ts';
import { Molmo2Error } from '../../src/errors.ts';

export type Sequence = NonNullable<ReadContext['sequence']>;

export const sequenceInfo = 'seqinfo.ini';

/** The folder of the sequence that a file of boxes belongs to: `gt.txt` lies in `gt`. */
export function sequenceFolder(file: string): string {
  const folder = dirname(file);
  return ['gt', 'det'].includes(basename(folder)) ? dirname(folder) : folder;
}

/**
 * What seqinfo.ini says of a sequence; null where there is none.
 * @throws Molmo2Error `bad-dataset` naming the key that is missing.
 */
export async function readSequence(folder: string): Promise<Sequence | null> {
  const text = await readFile(join(folder, sequenceInfo), 'utf8').catch(() => null);
  if (text === null) return null;
  const values = new Map(
    text.split(/\r?\n/).flatMap((line): [string, string][] => {
      const at = line.indexOf('=');
      return at < 0 ? [] : [[line.slice(0, at).trim().toLowerCase(), line.slice(at + 1).trim()]];
    }),
  );
  const refuse = (key: string, what: string): never => {
    throw new Molmo2Error(
      'bad-dataset',
      `${join(folder, sequenceInfo)}, key ${key}: ${what}. Correct the file.`,
    );
  };
  const word = (key: string) => values.get(key.toLowerCase()) ?? refuse(key, 'it is missing');
  const number = (key: string, isWhole: boolean) => {
    const value = Number(word(key));
    return value > 0 && (isWhole ? Number.isSafeInteger(value) : Number.isFinite(value))
      ? value
      : refuse(key, `"${word(key)}" is no ${isWhole ? 'whole ' : ''}number above 0`);
  };
  const [directory, extension] = [word('imDir'), word('imExt')];
  return {
    frames: Array.from({ length: number('seqLength', true) }, (_, i) =>
      join(directory, `${String(i + 1).padStart(6, '0')}${extension}`),
    ),
    fps: number('frameRate', false),
    width: number('imWidth', true),
    height: number('imHeight', true),
  };
}
