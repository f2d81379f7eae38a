// The repository's own modules, and which of them each imports.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix, relative, sep } from 'node:path';
import { importsOf } from './imports.ts';

function filesUnder(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'fixtures' ? [] : filesUnder(path);
    return /\.(ts|mjs)$/.test(path) ? [relative('.', path).split(sep).join('/')] : [];
  });
}

/** Every module by its path from the root, with slashes. */
export const sourceFiles: readonly string[] = [
  'src',
  'demo',
  'cli',
  'bench',
  'eval',
  'tests',
  'scripts',
].flatMap(filesUnder);

/** The file of the repository that `name` means in `file`, or null for a package or one of Node's modules. */
export function importTarget(file: string, name: string): string | null {
  if (name.startsWith('#')) return `src/${name.slice(1)}.ts`;
  return name.startsWith('.') ? posix.join(posix.dirname(file), name.replace(/\?raw$/, '')) : null;
}

/**
 * The modules that each module imports, type imports included. A platform pair is imported by its common name and counts
 * as both of its files.
 */
export function importGraph(): Map<string, string[]> {
  const known = new Set(sourceFiles);
  return new Map(
    sourceFiles.map((file) => [
      file,
      importsOf(file, readFileSync(file, 'utf8')).flatMap(({ from }) => {
        const target = importTarget(file, from);
        const both = target
          ? [target, ...(from.startsWith('#') ? [target.replace(/\.ts$/, '-node.ts')] : [])]
          : [];
        return both.filter((name) => known.has(name));
      }),
    ]),
  );
}
