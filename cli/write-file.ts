// Writes a file that is either complete or not there.

import { constants } from 'node:fs';
import { access, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import process from 'node:process';
import { WriteError } from './failure.ts';

/** Throws WriteError when `file` cannot be written: better before an hour of work than after it. */
export async function checkWritable(file: string): Promise<void> {
  try {
    const known = await stat(file).catch(() => null);
    if (known?.isDirectory()) throw new Error('it is a folder');
    await access(known && !known.isFile() ? file : dirname(resolve(file)), constants.W_OK);
  } catch (cause) {
    throw new WriteError(file, cause);
  }
}

/** Writes beside the file and renames, so that nobody sees half of it; a link stays one. Throws WriteError. */
export async function writeFileWhole(file: string, parts: readonly Uint8Array[]): Promise<void> {
  const target = await realpath(file).catch(() => file);
  const known = await stat(target).catch(() => null);
  // A device or a pipe takes the bytes itself; renamed over, it would be gone.
  const beside = known && !known.isFile() ? null : `${target}.${process.pid}.part`;
  try {
    const handle = await open(beside ?? target, 'w');
    try {
      for (const part of parts) await handle.writeFile(part);
    } finally {
      await handle.close();
    }
    if (beside !== null) await rename(beside, target);
  } catch (cause) {
    if (beside !== null) await rm(beside, { force: true });
    throw new WriteError(file, cause);
  }
}
