// Small facts about this machine that are slow to find out, kept until `npm ci` clears node_modules.

import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import process from 'node:process';

/** The folder of package.json: npm runs scripts there, Vitest and Vite are started there. */
export const root = resolve(process.cwd());

function fileOf(name: string): string {
  return join(root, 'node_modules/.cache/molmo2-webgpu', `${name}.json`);
}

/** Changes when the file is replaced; null when there is no such file. */
export function stampOf(file: string): string | null {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat ? `${file}:${stat.size}:${stat.mtimeMs}` : null;
}

export function readCache(name: string): unknown {
  try {
    return JSON.parse(readFileSync(fileOf(name), 'utf8'));
  } catch {
    return null; // not there yet; a damaged file counts as none
  }
}

export function writeCache(name: string, value: unknown): void {
  const file = fileOf(name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(value, null, 2));
}
