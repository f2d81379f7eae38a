// Builds the demo page once for all test files, also where they belong to two projects.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import type { TestProject } from 'vitest/node';

const configFile = fileURLToPath(new URL('../../vite.config.ts', import.meta.url));

/** Each project loads this file anew, in one process. */
const shared = globalThis as { builtDemo?: Promise<string> };

async function buildDemo(): Promise<string> {
  const outDir = await mkdtemp(join(tmpdir(), 'molmo2-demo-'));
  await build({ configFile, logLevel: 'error', build: { outDir, emptyOutDir: true } });
  return outDir;
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const outDir = await (shared.builtDemo ??= buildDemo());
  project.provide('builtDemo', outDir);
  // The first project that ends takes it away, when no test runs any more.
  return () => rm(outDir, { recursive: true, force: true });
}
