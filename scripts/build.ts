// `npm run build`: the package in dist/ and the static demo in demo-dist/.
//
// dist/index.js and dist/worker.js are for pages; dist/node/ is for Node. Each is one file with packages left as imports.
// The worker is started with `new Worker(new URL('./worker.js', import.meta.url), ...)`, which every bundler of a page
// knows how to follow, and the embedded model is addressed in the same way.

import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { gzipSync } from 'node:zlib';
import { build as buildDemo } from 'vite';
import { bundle, relocateUrls } from './bundle.mjs';
import { root } from './cache.ts';
import { writeTypes } from './types.ts';

const dist = join(root, 'dist');
const worker = { [join(root, 'src/worker/host.ts')]: join(dist, 'worker.js') };
const coreBudget = 180 * 1024;

async function page(name: string, source: string): Promise<void> {
  await bundle({
    input: { [name]: join(root, source) },
    outDir: dist,
    platform: 'browser',
    plugins: [relocateUrls(dist, worker)],
    singleFile: true,
    sourcemap: true,
  });
}

async function node(name: string, source: string, banner?: string): Promise<void> {
  const outDir = join(dist, 'node');
  await bundle({
    input: { [name]: join(root, source) },
    outDir,
    platform: 'node',
    plugins: [relocateUrls(outDir)],
    singleFile: true,
    sourcemap: true,
    ...(banner ? { banner } : {}),
  });
}

/** What a page that uses the package downloads before weights and video: both files minified with their packages, gzipped. */
async function coreSize(): Promise<number> {
  let size = 0;
  for (const file of ['index', 'worker']) {
    const { output } = await bundle({
      input: { [file]: join(dist, `${file}.js`) },
      outDir: dist,
      platform: 'browser',
      plugins: [],
      // Loaded only when a video is opened.
      inline: (name: string) => name !== 'mediabunny',
      singleFile: true,
      minify: true,
      write: false,
    });
    size += gzipSync(output[0].code, { level: 9 }).length;
  }
  return size;
}

const kib = (bytes: number): string => `${(bytes / 1024).toFixed(1)} KiB`;

function checkSize(size: number): void {
  const own = ['index.js', 'worker.js'].map(
    (file) => gzipSync(readFileSync(join(dist, file)), { level: 9 }).length,
  );
  console.log(
    `dist/index.js ${kib(own[0] ?? 0)}, dist/worker.js ${kib(own[1] ?? 0)} (gzip, not minified, without packages)`,
  );
  console.log(
    `core: ${kib(size)} gzip, minified, with packages except mediabunny; the budget is ${kib(coreBudget)}`,
  );
  if (size > coreBudget) {
    throw new Error(
      `The core is ${kib(size - coreBudget)} over its budget. Take something out, or load it when it is needed.`,
    );
  }
}

rmSync(dist, { recursive: true, force: true });
await page('index', 'src/index.ts');
await page('worker', 'src/worker/host.ts');
await page('overlay', 'src/overlay/molmo-overlay.ts');
await node('index', 'src/index.ts');
await node('cli', 'cli/main.ts', '#!/usr/bin/env node');
chmodSync(join(dist, 'node/cli.js'), 0o755);

const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { stdio: 'inherit' });
if (status !== 0) throw new Error('tsc could not write the declarations.');
writeTypes(join(dist, 'types'), ['index.d.ts', 'overlay/molmo-overlay.d.ts']);

checkSize(await coreSize());
await buildDemo({ logLevel: 'warn' });
