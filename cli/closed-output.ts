// Standard output that was closed when the program started (`>&-`): Node puts the null device in its place, so that no write
// ever fails, and the answer would be lost without a word.

import { readFileSync, readlinkSync } from 'node:fs';
import process from 'node:process';
import { PrintError } from './failure.ts';

/**
 * Node, and a parent that ignores the output, open the null device for reading and writing; a shell's `> /dev/null`, which
 * means it, for writing alone. Only Linux tells.
 */
function isClosed(): boolean {
  if (process.platform !== 'linux') return false;
  try {
    if (readlinkSync('/proc/self/fd/1') !== '/dev/null') return false;
    const flags = /^flags:\s+([0-7]+)$/m.exec(readFileSync('/proc/self/fdinfo/1', 'utf8'))?.[1];
    return flags !== undefined && (Number.parseInt(flags, 8) & 3) === 2; // O_RDWR
  } catch {
    return false; // no /proc
  }
}

/** Throws PrintError where nobody could read what is printed. */
export function refuseClosedOutput(): void {
  if (!isClosed()) return;
  throw new PrintError(new Error('it is closed. Redirect it to a file, or to /dev/null if nobody needs it'));
}
