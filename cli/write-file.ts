// Writes a file that is either complete or not there.

import { constants } from 'node:fs';
import { access, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import process from 'node:process';
import { WriteError } from './failure.ts';

/** Throws WriteError when `file` cannot be written: better before an hour of work than after it. */
export async function checkWritable(file: string): Promise<void> {
  try {
    await access(dirname(resolve(file)), constants.W_OK);
    const known = await stat(file).catch(() => null);
    if (known?.isDirectory()) throw new Error('it is a folder');
  } catch (cause) {
    throw new WriteError(file, cause);
  }
}

/** Writes beside the file and renames, so that nobody sees half of it. Throws WriteError. */
export async function writeFileWhole(file: string, parts: readonly Uint8Array[]): Promise<void> {
  const beside = `${file}.${process.pid}.part`;
  try {
    const handle = await open(beside, 'w');
    try {
      for (const part of parts) await handle.writeFile(part);
    } finally {
      await handle.close();
    }
    await rename(beside, file);
  } catch (cause) {
    await rm(beside, { force: true });
    throw new WriteError(file, cause);
  }
}
