// Runs a TypeScript file of this repository: `node scripts/run.mjs cli/main.ts ask ...`. The file and what it imports are
// joined into one module, kept in node_modules/.cache until a source changes, and run in this very process, so standard
// input, output, signals and the exit status are the program's own.

import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join, relative, resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = resolve(fileURLToPath(new URL('..', import.meta.url)));
const entry = resolve(root, process.argv[2] ?? '');
const cache = join(root, 'node_modules/.cache/molmo2-webgpu/run');
const name = relative(root, entry).replaceAll(/[\\/]/g, '-').replace(/\.ts$/, '');
const listFile = join(cache, `${name}.json`);
const dayMs = 24 * 60 * 60 * 1000;

/** Changes when the file does. @param {string} file */
function stamp(file) {
  const { mtimeMs, size } = statSync(file);
  return `${mtimeMs}:${size}`;
}

/** The module built before, if every source it was built from is still the same. */
function builtBefore() {
  try {
    const { root: folder, module, sources } = JSON.parse(readFileSync(listFile, 'utf8'));
    if (folder !== root) return null; // the cache came along when the repository was copied
    for (const [file, was] of Object.entries(sources)) if (stamp(file) !== was) return null;
    return statSync(module).isFile() ? /** @type {string} */ (module) : null;
  } catch {
    return null; // never built, or a source is gone
  }
}

/** Deletes modules that nobody has built or used for a day; younger ones may be running. */
function removeOld() {
  for (const file of readdirSync(cache)) {
    const path = join(cache, file);
    if (file.startsWith(`${name}-`) && Date.now() - statSync(path).mtimeMs > dayMs)
      rmSync(path, { recursive: true });
  }
}

/** Written beside and renamed: another run never sees half a file. @param {string} file @param {string} text */
function write(file, text) {
  writeFileSync(`${file}.${process.pid}`, text);
  renameSync(`${file}.${process.pid}`, file);
}

async function build() {
  const { bundle, sourceUrls } = await import('./bundle.mjs');
  const settings = ['package.json', 'scripts/run.mjs', 'scripts/bundle.mjs'].map((file) => join(root, file));
  const { output } = await bundle({
    input: { [name]: entry },
    outDir: cache,
    platform: 'node',
    plugins: [sourceUrls()],
    singleFile: true,
    sourcemap: 'inline',
    write: false,
  });
  const [chunk] = output;
  const files = chunk.moduleIds.filter((id) => !id.startsWith('\0')).map((id) => id.replace(/\?raw$/, ''));
  const sources = Object.fromEntries(
    [...new Set([...files, ...settings])].map((file) => [file, stamp(file)]),
  );
  const module = join(
    cache,
    `${name}-${createHash('sha256').update(chunk.code).digest('hex').slice(0, 16)}.mjs`,
  );
  mkdirSync(cache, { recursive: true });
  write(module, chunk.code);
  write(listFile, JSON.stringify({ root, module, sources }));
  removeOld();
  return module;
}

/** A mistake in a source is told in its own words, without the stack of the bundler. @param {unknown} error @returns {never} */
function giveUp(error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}

const module = builtBefore() ?? (await build().catch(giveUp));
// npm runs scripts in the repository's folder; paths on the command line mean the folder the user stands in.
if (['cli', 'eval'].includes(process.env['npm_lifecycle_event'] ?? '') && process.env['INIT_CWD'])
  process.chdir(process.env['INIT_CWD']);
process.argv.splice(1, 2, entry);
process.setSourceMapsEnabled(true);
await import(pathToFileURL(module).href);
