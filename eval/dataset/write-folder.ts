// Writes a dataset folder that is either complete or not there. For Node.

import { copyFile, link, lstat, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import process from 'node:process';
import { Molmo2Error } from '../../src/errors.ts';
import { isManifest, manifestName, readManifest } from './dataset-manifest.ts';
import { fileSha256 } from './sha256.ts';
import type { PlannedFile } from './dataset-plan.ts';

/** All files below a folder, within it and with slashes. */
async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'));
}

/** Whether something lies at `folder` that may be replaced. Throws `bad-request` where something of somebody else's would be lost. */
export async function checkReplaceable(folder: string): Promise<'nothing' | 'dataset'> {
  const info = await lstat(folder).catch(() => null);
  if (!info) return 'nothing';
  const refuse = (what: string): never => {
    throw new Molmo2Error('bad-request', `${folder} ${what}. Choose another folder, or clear this one.`);
  };
  if (!info.isDirectory()) return refuse('is no folder');
  const found = await filesBelow(folder);
  if (found.length === 0) return 'nothing';
  const text = await readFile(join(folder, manifestName), 'utf8').catch(() => '');
  if (!isManifest(text)) return refuse('is no dataset that this command has written, and is not empty');
  const own = new Set([
    manifestName,
    ...readManifest(text, join(folder, manifestName)).files.map(({ file }) => file),
  ]);
  const strange = found.find((file) => !own.has(file));
  return strange === undefined ? 'dataset' : refuse(`holds ${strange}, which is not of the dataset`);
}

/** Whether a link failed because of where the two files lie, so that a copy helps. */
function cannotLink(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    ['EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP'].includes(String(error.code))
  );
}

/** Puts one file into its place, and makes sure that it is the one that was planned. */
async function place(file: PlannedFile, target: string, isLinked: boolean): Promise<'linked' | 'copied'> {
  await mkdir(dirname(target), { recursive: true });
  if ('text' in file.from) {
    await writeFile(target, file.from.text);
    return 'copied';
  }
  const { path } = file.from;
  let how: 'linked' | 'copied' = 'copied';
  if (isLinked)
    try {
      await link(path, target);
      how = 'linked';
    } catch (error) {
      if (!cannotLink(error)) throw error;
    }
  if (how === 'copied') await copyFile(path, target);
  const { sha256 } = await fileSha256(target);
  if (sha256 !== file.sha256)
    throw new Molmo2Error(
      'bad-dataset',
      `${path} was changed while the dataset was written. Run the command again.`,
    );
  return how;
}

export interface WriteOptions {
  /** Media share their bytes with the originals, where the disk can do that. */
  readonly link: boolean;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Writes the files beside `folder` and then takes its place; a dataset that was there goes only when the new one is whole. Tells how
 * many media are links.
 */
export async function writeFolder(
  folder: string,
  files: readonly PlannedFile[],
  { link: isLinked, onProgress, signal }: WriteOptions,
): Promise<{ readonly linked: number }> {
  const before = await checkReplaceable(folder);
  const target = resolve(folder);
  const beside = `${target}.${process.pid}.part`;
  const old = `${target}.${process.pid}.old`;
  try {
    await mkdir(beside, { recursive: true });
    let [linked, done] = [0, 0];
    for (const file of files) {
      signal?.throwIfAborted();
      if ((await place(file, join(beside, file.file), isLinked)) === 'linked') linked++;
      onProgress?.(++done, files.length);
    }
    signal?.throwIfAborted();
    if (before === 'dataset') await rename(target, old);
    else await rm(target, { recursive: true, force: true });
    await rename(beside, target).catch(async (error: unknown) => {
      if (before === 'dataset') await rename(old, target);
      throw error;
    });
    return { linked };
  } finally {
    await rm(beside, { recursive: true, force: true });
    await rm(old, { recursive: true, force: true });
  }
}
