// Makes the declarations that tsc wrote usable outside the repository: import specifiers become relative `.js` ones,
// files that no public declaration mentions are deleted, and what is left needs nothing but the language.

import { existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { makePortable } from './portable-types.ts';

const specifier = /(\bfrom\s+|\bimport\s*\(\s*|\bimport\s+)(['"])([.#][^'"]*)\2/g;

function declarations(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return declarations(path);
    return path.endsWith('.d.ts') ? [path] : [];
  });
}

/** The declaration that `name` means in `file`; `#room/name` is the browser's half of a platform pair. */
function target(types: string, file: string, name: string): string {
  const path = name.startsWith('#') ? join(types, name.slice(1)) : join(dirname(file), name);
  const declaration = `${path.replace(/\.(ts|js)$/, '')}.d.ts`;
  if (!existsSync(declaration)) throw new Error(`${file} imports ${name}, which has no declaration.`);
  return declaration;
}

/** Rewrites `file` and answers what it imports. */
function rewrite(types: string, file: string): string[] {
  const imported: string[] = [];
  const text = readFileSync(file, 'utf8').replaceAll(
    specifier,
    (_, before: string, quote: string, name: string) => {
      const declaration = target(types, file, name);
      imported.push(declaration);
      const path = relative(dirname(file), declaration)
        .split(sep)
        .join('/')
        .replace(/\.d\.ts$/, '.js');
      return `${before}${quote}${path.startsWith('.') ? path : `./${path}`}${quote}`;
    },
  );
  writeFileSync(file, text);
  return imported;
}

function removeEmptyFolders(folder: string): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) removeEmptyFolders(path);
  }
  if (readdirSync(folder).length === 0) rmSync(folder, { recursive: true });
}

/** `types` is the folder that tsc wrote, `entries` the public declarations in it. */
export function writeTypes(types: string, entries: readonly string[]): void {
  const kept = new Set<string>();
  const waiting = entries.map((entry) => join(types, entry));
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (kept.has(file)) continue;
    kept.add(file);
    waiting.push(...rewrite(types, file));
  }
  for (const file of declarations(types)) if (!kept.has(file)) rmSync(file);
  removeEmptyFolders(types);
  makePortable(types, [...kept], entries);
}
