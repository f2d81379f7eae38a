// `npm run build`: the package in dist/ and the static demo in demo-dist/.
//
// dist/index.js, dist/worker.js and dist/engine.js (the same engine for a page without a worker, imported when it is asked for)
// are for pages; dist/node/ is for Node. Each is one file with packages left as imports, but
// for mediabunny: the declarations that it installs break projects with TypeScript before 6 that check libraries, so users
// get what is used of it inside ours, with its licence in dist/.
// The worker is started with `new Worker(new URL('./worker.js', import.meta.url), ...)`, which every bundler of a page
// knows how to follow, and the embedded model is addressed in the same way.

import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { gzipSync } from 'node:zlib';
import { build as buildDemo } from 'vite';
import { bundle, relocateUrls } from './bundle.mjs';
import { root } from './cache.ts';
import { writeTypes } from './types.ts';

const dist = join(root, 'dist');
const ownFiles = {
  [join(root, 'src/worker/host.ts')]: join(dist, 'worker.js'),
  [join(root, 'src/worker/open-here.ts')]: join(dist, 'engine.js'),
};
const coreBudget = 225 * 1024;

const isInlined = (name: string): boolean => name === 'mediabunny';

async function page(name: string, source: string): Promise<void> {
  await bundle({
    input: { [name]: join(root, source) },
    outDir: dist,
    platform: 'browser',
    plugins: [relocateUrls(dist, ownFiles)],
    inline: isInlined,
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
    inline: isInlined,
    singleFile: true,
    sourcemap: true,
    ...(banner ? { banner } : {}),
  });
}

/** What a page that uses the package downloads before weights: its two files minified with their packages, gzipped. */
async function coreSize(inline: (name: string) => boolean): Promise<number> {
  let size = 0;
  for (const [file, source] of [
    ['index', 'src/index.ts'],
    ['worker', 'src/worker/host.ts'],
  ] as const) {
    const { output } = await bundle({
      input: { [file]: join(root, source) },
      outDir: dist,
      platform: 'browser',
      plugins: [relocateUrls(dist, ownFiles)],
      inline,
      singleFile: true,
      minify: true,
      write: false,
    });
    size += gzipSync(output[0].code, { level: 9 }).length;
  }
  return size;
}

const kib = (bytes: number): string => `${(bytes / 1024).toFixed(1)} KiB`;

function checkSize(size: number, withVideo: number): void {
  const own = ['index.js', 'worker.js'].map(
    (file) => gzipSync(readFileSync(join(dist, file)), { level: 9 }).length,
  );
  console.log(
    `dist/index.js ${kib(own[0] ?? 0)}, dist/worker.js ${kib(own[1] ?? 0)} (gzip, not minified, without packages)`,
  );
  console.log(
    `core: ${kib(size)} gzip, minified, with packages except mediabunny; the budget is ${kib(coreBudget)}; with it ${kib(withVideo)}`,
  );
  if (size > coreBudget) {
    throw new Error(
      `The core is ${kib(size - coreBudget)} over its budget. Take something out, or load it when it is needed.`,
    );
  }
}

/** The licence of a package that is inside ours, and where its source is. */
function writeLicence(name: string): void {
  const folder = join(root, 'node_modules', name);
  const { version, license, repository } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    readonly version: string;
    readonly license: string;
    readonly repository: { readonly url: string };
  };
  const about = [
    `dist/worker.js, dist/engine.js and dist/node/ hold parts of ${name} ${version}, joined and otherwise unchanged.`,
    `Licence: ${license}. Source: ${repository.url.replace(/^git\+/, '')}, and the npm package ${name}@${version}.`,
  ].join('\n');
  const text = readFileSync(join(folder, 'LICENSE'), 'utf8');
  writeFileSync(join(dist, `LICENSE-${name}.txt`), `${about}\n\n${text}`);
}

rmSync(dist, { recursive: true, force: true });
await page('index', 'src/index.ts');
await page('worker', 'src/worker/host.ts');
await page('engine', 'src/worker/open-here.ts');
await page('overlay', 'src/overlay/molmo-overlay.ts');
await node('index', 'src/index.ts');
await node('cli', 'cli/main.ts', '#!/usr/bin/env node');
chmodSync(join(dist, 'node/cli.js'), 0o755);

const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { stdio: 'inherit' });
if (status !== 0) throw new Error('tsc could not write the declarations.');
writeTypes(join(dist, 'types'), ['index.d.ts', 'overlay/molmo-overlay.d.ts']);

writeLicence('mediabunny');
checkSize(await coreSize((name) => !isInlined(name)), await coreSize(() => true));
await buildDemo({ logLevel: 'warn' });
