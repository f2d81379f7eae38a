// Runs the documentation's blocks: in one Node process and in one page, each with one loaded model that they share.

import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import type { Browser } from 'playwright-core';
import type { Project } from './empty-project.ts';
import type { Snippet } from './doc-project.ts';
import { serveFolder } from './visit.ts';

/** What became of a block. */
export interface Outcome {
  readonly name: string;
  readonly printed: readonly string[];
  /** Null where it ended well. */
  readonly error: string | null;
  readonly ms: number;
}

/**
 * For both places. Blocks load models as they are written; loads without further settings share one, which lives to the end.
 * What is drawn is the picture that docs/getting-started.md begins with, and a circle on its way.
 */
const shared = `
import { format } from './format.js';
import { Molmo2 } from 'molmo2-webgpu';

const load = Molmo2.load.bind(Molmo2);
let loaded;
Molmo2.load = async ({ model = 'shapes', onProgress, signal, ...settings } = {}) => {
  if (model !== 'shapes' || Object.keys(settings).length > 0) return load({ model, onProgress, signal, ...settings });
  loaded ??= load({ model });
  const molmo = await loaded;
  onProgress?.({ stage: 'load', done: 1, total: 1 });
  molmo.dispose = () => {};
  return molmo;
};

export async function give(media) {
  const molmo = await Molmo2.load();
  globalThis.given = { ...media, molmo, chat: molmo.chat() };
}

export async function run(name, load) {
  const printed = [];
  const log = console.log;
  console.log = (...values) => printed.push(...format(...values).split('\\n'));
  const start = performance.now();
  let error = null;
  try {
    await load();
  } catch (thrown) {
    error = String(thrown?.stack ?? thrown);
  } finally {
    console.log = log;
  }
  return { name, printed, error, ms: Math.round(performance.now() - start) };
}
`;

const inNode = (all: readonly Snippet[]) => `
import { readFileSync } from 'node:fs';
import { give, run } from './shared.js';
const image = new File([readFileSync('photo.png')], 'photo.png', { type: 'image/png' });
const timestamps = [0, 0.5, 1, 1.5, 2];
const frames = timestamps.map((_, at) => new File([readFileSync(\`frame-\${at}.png\`)], \`frame-\${at}.png\`));
await give({ image, video: { frames, timestamps } });
const outcomes = [];
for (const name of ${JSON.stringify(all.map(({ name }) => name))})
  outcomes.push(await run(name, () => import(\`./\${name}.js\`)));
console.log(JSON.stringify(outcomes));
process.exit(0);
`;

/** Runs what is for Node, one block after the other; the pictures are `photo.png`, `frame-0.png` and so on. */
export function runInNode(project: Project, all: readonly Snippet[]): readonly Outcome[] {
  const out = join(project.folder, 'docs/out');
  writeFileSync(join(out, 'format.js'), `export { format } from 'node:util';`);
  writeFileSync(join(out, 'shared.js'), shared);
  writeFileSync(join(out, 'in-node.js'), inNode(all));
  const { status, stdout, stderr } = project.run(process.execPath, ['docs/out/in-node.js']);
  if (status !== 0) throw new Error(`The blocks for Node ended with ${status}:\n${stderr}`);
  return JSON.parse(stdout) as Outcome[];
}

const inPage = (all: readonly Snippet[]) => `
import 'molmo2-webgpu/overlay';
import { give, run } from './shared.js';
const blocks = { ${all.map(({ name }) => `'${name}': () => import('./${name}.js')`).join(', ')} };
const file = async (name, type) => new File([await (await fetch(name)).blob()], name, { type });
const media = { image: await file('photo.png', 'image/png'), video: await file('clip.mp4', 'video/mp4') };
window.runBlock = async (name, html) => {
  document.body.innerHTML = html;
  const overlay = document.querySelector('molmo-overlay');
  await give({ ...media, overlay });
  const video = document.querySelector('video');
  if (video && video.readyState < 2) await new Promise((ready) => video.addEventListener('loadeddata', ready, { once: true }));
  const input = document.querySelector('input[type=file]');
  const chosen = new DataTransfer();
  chosen.items.add(media.video);
  if (input) input.files = chosen.files;
  const canvas = document.querySelector('canvas');
  canvas?.getContext('2d').drawImage(await createImageBitmap(media.image), 0, 0);
  return run(name, blocks[name]);
};
document.title = 'done';
`;

declare global {
  interface Window {
    readonly runBlock: (name: string, html: string) => Promise<Outcome>;
  }
}

/** What a page without a bundler imports by the package's names. */
function importMap(folder: string): string {
  const inside = 'node_modules/molmo2-webgpu';
  const { exports } = JSON.parse(readFileSync(join(folder, inside, 'package.json'), 'utf8')) as {
    readonly exports: Readonly<Record<string, string | { readonly default: string }>>;
  };
  const imports = Object.entries(exports).flatMap(([path, door]) =>
    typeof door === 'string' ? [] : [[join('molmo2-webgpu', path), `/${join(inside, door.default)}`]],
  );
  return JSON.stringify({ imports: Object.fromEntries(imports) as Record<string, string> });
}

/** The same in a page without a bundler; `clip` is a film of a moving shape. */
export async function runInPage(
  { folder }: Project,
  browser: Browser,
  clip: string,
  all: readonly Snippet[],
): Promise<readonly Outcome[]> {
  const out = join(folder, 'docs/out');
  writeFileSync(join(out, 'format.js'), `export const format = (...values) => values.map(String).join(' ');`);
  writeFileSync(join(out, 'shared.js'), shared);
  writeFileSync(join(out, 'in-page.js'), inPage(all));
  cpSync(clip, join(folder, 'clip.mp4'));
  writeFileSync(
    join(folder, 'index.html'),
    `<!doctype html><title>blocks</title><script type="importmap">${importMap(folder)}</script>
     <script type="module" src="/docs/out/in-page.js"></script>`,
  );
  const server = await serveFolder(folder);
  const page = await browser.newPage();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  try {
    await page.goto(server.origin);
    await page.waitForFunction(() => document.title === 'done', null, { timeout: 60_000 });
    const outcomes: Outcome[] = [];
    for (const { name, html } of all)
      outcomes.push(
        await page.evaluate(([block, shown]) => window.runBlock(block, shown), [name, html] as const),
      );
    if (problems.length > 0) throw new Error(`The page with the blocks reported: ${problems.join('; ')}`);
    return outcomes;
  } finally {
    await page.close();
    await server.close();
  }
}
