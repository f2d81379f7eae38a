// Writes sw.js beside a built site: the service worker with the list of the site's files and their hashes.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { rolldown } from 'rolldown';
import type { Plugin } from 'vite';

/** As the worker reads it. */
interface SiteFile {
  readonly path: string;
  readonly integrity: string;
}

const fileName = 'sw.js';
const source = join(import.meta.dirname, '../demo/site/service-worker.ts');

const sha256 = (bytes: Uint8Array | string) => createHash('sha256').update(bytes);

/**
 * Every file of the folder but the worker itself; maps are for developers, who have a network, and WebAssembly (14 MB) for browsers without
 * WebGPU.
 */
export function siteFiles(folder: string): SiteFile[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => ({
      file,
      path: file
        .slice(folder.length + 1)
        .split(sep)
        .join('/'),
    }))
    .filter(({ path }) => path !== fileName && !/\.(map|wasm)$/.test(path))
    .map(({ file, path }) => ({ path, integrity: `sha256-${sha256(readFileSync(file)).digest('base64')}` }))
    .toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

/** Another list is another version, and so is another worker. */
export async function writeSiteWorker(folder: string): Promise<void> {
  const files = JSON.stringify(siteFiles(folder));
  const version = sha256(files).digest('hex').slice(0, 12);
  const bundle = await rolldown({
    input: source,
    transform: { define: { siteFiles: files, siteVersion: JSON.stringify(version) } },
  });
  try {
    const { output } = await bundle.generate({ format: 'iife', minify: true });
    writeFileSync(join(folder, fileName), output[0].code);
  } finally {
    await bundle.close();
  }
}

/** For the build of the demo. */
export function siteWorker(): Plugin {
  return {
    name: 'site-worker',
    apply: 'build',
    enforce: 'post',
    // Files of the public folder are there by now.
    writeBundle: ({ dir }) => (dir === undefined ? undefined : writeSiteWorker(dir)),
  };
}
