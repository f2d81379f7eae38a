// The file of a run on the disk: read to go on, and appended to line by line.

import { mkdir, open, readFile, truncate } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { AskedQuestion, RunHead } from '../../eval/run/run-record.ts';
import { readRunText, runLine, type ReadRun } from '../../eval/run/run-text.ts';
import { Molmo2Error } from '../../src/errors.ts';
import { WriteError } from '../failure.ts';

/** What a run has written so far; null where there is no file, or not one whole line. Throws `bad-dataset`. */
export async function readRunFile(file: string): Promise<ReadRun | null> {
  try {
    return readRunText(await readFile(file, 'utf8'), file);
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return null;
    if (cause instanceof Molmo2Error) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Molmo2Error('bad-dataset', `${file} cannot be read: ${reason}. Check the path.`, { cause });
  }
}

export interface RunFile {
  /** Returns once the line is the system's: it survives the end of this program. */
  append(asked: AskedQuestion): Promise<void>;
  close(): Promise<void>;
}

/** Begins a file with `head`, or goes on with what was read of it, behind its last whole line. Throws WriteError. */
export async function openRunFile(file: string, head: RunHead, before: ReadRun | null): Promise<RunFile> {
  try {
    await mkdir(dirname(file), { recursive: true });
    if (before) await truncate(file, before.wholeBytes);
    const handle = await open(file, before ? 'a' : 'w');
    if (!before) await handle.appendFile(runLine(head));
    return {
      async append(asked) {
        try {
          await handle.appendFile(runLine(asked));
        } catch (cause) {
          throw new WriteError(file, cause);
        }
      },
      close: () => handle.close(),
    };
  } catch (cause) {
    throw new WriteError(file, cause);
  }
}
