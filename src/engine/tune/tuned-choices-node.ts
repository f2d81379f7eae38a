// Where Node keeps what a tuning run found: a file for each key in the user's cache folder. Both may reject; nobody depends
// on an entry.

import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';

/** What computes, with its version. */
export function runtimeBuild(): string {
  return `node ${process.version} ${process.platform} ${process.arch}`;
}

/** The entry of a key, or null. */
export async function readEntry(key: string): Promise<string | null> {
  try {
    return await readFile(fileOf(key), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

export async function keepEntry(key: string, text: string): Promise<void> {
  await mkdir(cacheFolder(), { recursive: true });
  // Written beside and renamed: another process never reads half a file.
  const file = fileOf(key);
  const beside = `${file}.${process.pid}`;
  await writeFile(beside, text);
  await rename(beside, file);
}

function fileOf(key: string): string {
  const name = createHash('sha256').update(key).digest('hex').slice(0, 32);
  return join(cacheFolder(), `tuning-${name}.json`);
}

function cacheFolder(): string {
  const { XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  if (XDG_CACHE_HOME) return join(XDG_CACHE_HOME, 'molmo2-webgpu');
  if (process.platform === 'win32')
    return join(LOCALAPPDATA ?? join(homedir(), 'AppData/Local'), 'molmo2-webgpu');
  const usual = process.platform === 'darwin' ? 'Library/Caches' : '.cache';
  return join(homedir(), usual, 'molmo2-webgpu');
}
