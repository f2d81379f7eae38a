import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { keepEntry, readEntry, runtimeBuild } from '../../src/engine/tune/tuned-choices-node.ts';

let folder = '';
const before = process.env['XDG_CACHE_HOME'];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tuned-'));
  process.env['XDG_CACHE_HOME'] = folder;
});
afterEach(() => {
  rmSync(folder, { recursive: true });
  if (before === undefined) delete process.env['XDG_CACHE_HOME'];
  else process.env['XDG_CACHE_HOME'] = before;
});

test('an entry comes back under its key alone, and the last one counts', async () => {
  expect(await readEntry('key')).toBeNull();
  await keepEntry('key', 'one');
  await keepEntry('key', 'two');
  expect(await readEntry('key')).toBe('two');
  expect(await readEntry('other')).toBeNull();
  expect(readdirSync(join(folder, 'molmo2-webgpu'))).toHaveLength(1);
});

test('a folder that cannot be written rejects', async () => {
  writeFileSync(join(folder, 'molmo2-webgpu'), 'in the way');
  await expect(keepEntry('key', 'text')).rejects.toThrow();
  await expect(readEntry('key')).rejects.toThrow();
});

test('the build names the version', () => {
  expect(runtimeBuild()).toContain(process.version);
});
