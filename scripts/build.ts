// `npm run build`: the package in dist/ and the static demo in demo-dist/.
//
// dist/index.js and dist/worker.js are for pages, with dist/engine.js (the same engine for a page without a worker) and
// dist/plan.js (for Molmo2.plan) and dist/player.js (for videos that the page's own player has to show the worker), which are
// imported when they are asked for, as dist/remote.js imports dist/remote-answer.js and
// dist/remote-media.js, and dist/annotations.js its files, pictures and clips; dist/node/ is for Node. Each is one file. Those for
// pages hold what they use of packages, so that a page without a bundler can import them from any static host (a worker reads no
// import map); those for Node leave packages as imports, but for mediabunny: the declarations that it installs break projects with
// TypeScript before 6 that check libraries. The packages' licences are in dist/.
// The worker is started with `new Worker(new URL('./worker.js', import.meta.url), ...)`, which every bundler of a page
// knows how to follow, and the embedded model is addressed in the same way.

import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { build as buildDemo } from 'vite';
import { bundle, relocateUrls } from './bundle.mjs';
import { root } from './cache.ts';
import { checkSizes, checkTarball } from './sizes.ts';
import { writeTypes } from './types.ts';

const dist = join(root, 'dist');
const ownFiles = {
  [join(root, 'src/worker/host.ts')]: join(dist, 'worker.js'),
  [join(root, 'src/worker/open-here.ts')]: join(dist, 'engine.js'),
  [join(root, 'src/weights/plan-model.ts')]: join(dist, 'plan.js'),
  [join(root, 'src/media/player/serve-player.ts')]: join(dist, 'player.js'),
  [join(root, 'src/adapters/remote/remote-answer.ts')]: join(dist, 'remote-answer.js'),
  [join(root, 'src/adapters/remote/sent-media.ts')]: join(dist, 'remote-media.js'),
  [join(root, 'src/annotations/formats/formats.ts')]: join(dist, 'annotation-files.js'),
  [join(root, 'src/annotations/drawing/sheet.ts')]: join(dist, 'annotation-picture.js'),
  [join(root, 'src/annotations/clip/clip.ts')]: join(dist, 'annotation-clip.js'),
  [join(root, 'src/annotations/share/share-file.ts')]: join(dist, 'annotation-share.js'),
};

/** What users import by paths of their own. */
const subPaths = [
  // Drawing is 6 KB of it; the rest is what hands do, with pointer and keyboard, and layers, which no page should write anew.
  { name: 'overlay', source: 'src/overlay/molmo-overlay.ts', budgetKb: 11.5 },
  { name: 'annotations', source: 'src/annotations/annotations.ts' },
  { name: 'live', source: 'src/live/live.ts' },
  { name: 'timeline', source: 'src/timeline/molmo-timeline.ts', budgetKb: 10.5 },
  ...['openai', 'ai-sdk', 'prompt-api', 'remote'].map((name) => ({
    name,
    source: `src/adapters/${name}/${name}.ts`,
  })),
  { name: 'onnx', source: 'src/onnx/onnx.ts' },
];

const isMediabunny = (name: string): boolean => name === 'mediabunny';

/** What files for pages hold parts of; a package that users may do without stays an import. */
const inPages = ['@huggingface/tokenizers', 'image-dimensions', 'mediabunny', 'valibot'];

async function page(name: string, source: string): Promise<void> {
  await bundle({
    input: { [name]: join(root, source) },
    outDir: dist,
    platform: 'browser',
    plugins: [relocateUrls(dist, ownFiles)],
    inline: (name) => inPages.includes(name),
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
    inline: isMediabunny,
    singleFile: true,
    sourcemap: true,
    ...(banner ? { banner } : {}),
  });
}

/** The licence of a package that is inside ours, and where its source is. */
function writeLicence(name: string): void {
  const folder = join(root, 'node_modules', name);
  const { version, license, repository } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    readonly version: string;
    readonly license: string;
    readonly repository: string | { readonly url: string };
  };
  const source = typeof repository === 'string' ? repository : repository.url.replace(/^git\+/, '');
  const about = [
    `Files in dist/ hold parts of ${name} ${version}, joined and otherwise unchanged.`,
    `Licence: ${license}. Source: ${source}, and the npm package ${name}@${version}.`,
  ].join('\n');
  const file = readdirSync(folder).find((one) => /^licen[cs]e(\.\w+)?$/i.test(one));
  if (file === undefined) throw new Error(`The package ${name} has no file with its licence.`);
  const text = readFileSync(join(folder, file), 'utf8');
  writeFileSync(join(dist, `LICENSE-${name.replace('@', '').replace('/', '-')}.txt`), `${about}\n\n${text}`);
}

interface SourceMap {
  readonly sources: readonly string[];
  readonly sourcesContent: readonly (string | null)[];
}

/** Source maps keep our own sources; those of packages, a third of the bytes, whoever needs them finds in these. */
function withoutForeignSources(folder: string): void {
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.map'))) {
    const file = join(folder, name);
    const map = JSON.parse(readFileSync(file, 'utf8')) as SourceMap;
    const isForeign = map.sources.map((source) => source.includes('node_modules/'));
    const sourcesContent = map.sourcesContent.map((text, i) => (isForeign[i] ? null : text));
    writeFileSync(file, JSON.stringify({ ...map, sourcesContent }));
  }
}

rmSync(dist, { recursive: true, force: true });
await page('index', 'src/index.ts');
await page('worker', 'src/worker/host.ts');
await page('engine', 'src/worker/open-here.ts');
await page('plan', 'src/weights/plan-model.ts');
await page('player', 'src/media/player/serve-player.ts');
for (const { name, source } of subPaths) await page(name, source);
await page('remote-answer', 'src/adapters/remote/remote-answer.ts');
await page('remote-media', 'src/adapters/remote/sent-media.ts');
await page('annotation-files', 'src/annotations/formats/formats.ts');
await page('annotation-picture', 'src/annotations/drawing/sheet.ts');
await page('annotation-clip', 'src/annotations/clip/clip.ts');
await page('annotation-share', 'src/annotations/share/share-file.ts');
await node('index', 'src/index.ts');
await node('remote', 'src/adapters/remote/remote.ts');
await node('cli', 'cli/main.ts', '#!/usr/bin/env node');
chmodSync(join(dist, 'node/cli.js'), 0o755);
for (const folder of [dist, join(dist, 'node')]) withoutForeignSources(folder);

const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { stdio: 'inherit' });
if (status !== 0) throw new Error('tsc could not write the declarations.');
writeTypes(join(dist, 'types'), [
  'index.d.ts',
  ...subPaths.map(({ source }) => source.replace(/^src\/(.*)\.ts$/, '$1.d.ts')),
]);

inPages.forEach(writeLicence);
await checkSizes(ownFiles, subPaths);
checkTarball();
await buildDemo({ logLevel: 'warn' });
