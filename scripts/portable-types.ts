// Makes the declarations of the package compile where a project has neither the DOM library nor WebGPU's types, with
// TypeScript 5.6 and later: what such a project does not know becomes an alias that is empty there.

import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';

const missingName = /^(.+\.d\.ts)\((\d+),(\d+)\): error TS\d+: Cannot find name '(\w+)'/gm;

/** Typed arrays have no type argument before TypeScript 5.7. */
const arrayArgument =
  /\b((?:Uint|Int|Float|BigInt|BigUint)\d+(?:Clamped)?Array|DataView)<ArrayBuffer(?:Like)?>/g;

/** What tsc says of `entries` in a project that has nothing but the language. */
function complaints(types: string, entries: readonly string[]): string {
  const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
  const options = ['--noEmit', '--strict', '--target', 'es2023', '--lib', 'es2023', '--types', ''];
  const resolution = ['--module', 'nodenext', '--moduleResolution', 'nodenext'];
  // Without a tsconfig.json above them, and so from their own folder.
  const args = [tsc, ...options, ...resolution, '--ignoreConfig', ...entries];
  return spawnSync(process.execPath, args, { cwd: types, encoding: 'utf8' }).stdout;
}

/** The one generic class of the DOM library that the declarations name; what it carries is known everywhere. */
const customEvent =
  'type CustomEvent<Detail> = (typeof globalThis extends { CustomEvent: { prototype: infer E } } ? ' +
  "Omit<E, 'detail'> : object) & { readonly detail: Detail };";

/** The declaration of a name that a file uses as a value (`typeof fetch`) or as a type. */
function alias(name: string, isValue: boolean): string {
  if (name === 'CustomEvent') return customEvent;
  // A class that extends nothing is still a class, and what is known of an object besides stays; in a union an unknown type adds
  // nothing.
  const otherwise = ['HTMLElement', 'EventTarget', 'ReadableStream'].includes(name) ? 'object' : 'never';
  return isValue
    ? `declare const ${name}: typeof globalThis extends { ${name}: infer T } ? T : never;`
    : `type ${name} = typeof globalThis extends { ${name}: { prototype: infer T } } ? T : ${otherwise};`;
}

/** The aliases that each file needs. */
function aliases(types: string, output: string): Map<string, Set<string>> {
  const needed = new Map<string, Set<string>>();
  for (const [, file = '', line, column, name = ''] of output.matchAll(missingName)) {
    const path = join(types, file);
    const text = readFileSync(path, 'utf8').split('\n')[Number(line) - 1] ?? '';
    const isValue = /\btypeof\s*$/.test(text.slice(0, Number(column) - 1));
    const lines = needed.get(path) ?? new Set();
    needed.set(path, lines.add(alias(name, isValue)));
  }
  return needed;
}

/** `files` are all declarations of the folder `types`, `entries` the public ones, relative to it. */
export function makePortable(types: string, files: readonly string[], entries: readonly string[]): void {
  for (const file of files) writeFileSync(file, readFileSync(file, 'utf8').replaceAll(arrayArgument, '$1'));
  for (const [file, lines] of aliases(types, complaints(types, entries)))
    writeFileSync(file, `${[...lines].sort().join('\n')}\n${readFileSync(file, 'utf8')}`);
  const left = complaints(types, entries);
  if (left !== '') throw new Error(`The declarations need more than the language:\n${left}`);
}
