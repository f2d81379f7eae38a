// Refuses outputs that would destroy what a command reads, or each other, before any work is done.

import { readdir, readlink, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { modelSource, type ModelSource } from '../src/weights/source/model-source.ts';
import { UsageError } from './failure.ts';

/** A file and the option (or the word of the usage line) that names it. */
export interface NamedFile {
  readonly option: string;
  readonly file: string;
}

/** Throws UsageError when an output is one of the inputs, or when two outputs are the same file; links are followed. */
export async function checkOutputs(
  outputs: readonly NamedFile[],
  inputs: readonly NamedFile[],
): Promise<void> {
  if (outputs.length === 0) return;
  const read = await Promise.all(
    inputs.map(async ({ option, file }) => ({ option, key: await fileKey(file) })),
  );
  const written: { readonly option: string; readonly key: string }[] = [];
  for (const { option, file } of outputs) {
    const key = await fileKey(file);
    if (key === null) continue;
    const input = read.find((one) => one.key === key);
    if (input)
      throw new UsageError(
        `${option} ${file} is the file of ${input.option}, which would be lost. Choose another name.`,
      );
    const other = written.find((one) => one.key === key);
    if (other) throw new UsageError(`${other.option} and ${option} are both ${file}. Choose two names.`);
    written.push({ option, key });
  }
}

/** The files that a model consists of on this machine; none for one that lies elsewhere or is not there. */
export async function modelInputs(model: string): Promise<NamedFile[]> {
  const files = await filesOf(modelSource(model, null));
  return files.map((file) => ({ option: '--model', file }));
}

async function filesOf(source: ModelSource): Promise<string[]> {
  if (source.kind === 'urls') return Object.values(source.urls);
  const folder =
    source.kind === 'path' ? source.path : source.kind === 'folder-url' ? pathOf(source.base) : null;
  if (folder === null) return [];
  const names = await readdir(folder).catch(() => []);
  return names.map((name) => join(folder, name));
}

/** The path that a user's words mean; null for an address of another machine, or data. */
function pathOf(file: string): string | null {
  if (/^file:/i.test(file)) {
    try {
      return fileURLToPath(file);
    } catch {
      return null; // no path of this machine; whoever reads it says so
    }
  }
  return /^(https?|data|blob):/i.test(file) ? null : file;
}

/** Equal exactly for names of one file, whether it exists or not. Null for devices and pipes, which nothing destroys. */
async function fileKey(file: string): Promise<string | null> {
  const path = pathOf(file);
  if (path === null) return null;
  const info = await stat(path, { bigint: true }).catch(() => null);
  if (info) return info.isFile() ? `${info.dev}:${info.ino}` : null;
  const future = await futurePath(resolve(path));
  // The disks of these systems see no difference between capital and small letters.
  return ['darwin', 'win32'].includes(process.platform) ? future.toLowerCase() : future;
}

const mostLinks = 40;

/** Where a file that does not exist yet would be made: the real folder, behind links that lead nowhere so far. */
async function futurePath(path: string, links = 0): Promise<string> {
  const target = links < mostLinks ? await readlink(path).catch(() => null) : null;
  if (target !== null) return futurePath(resolve(dirname(path), target), links + 1);
  const folder = await realpath(dirname(path)).catch(() => dirname(path));
  return join(folder, basename(path));
}
