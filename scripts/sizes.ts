// What a page downloads of the package: each file minified and gzipped, with the packages that it imports, against its
// budget, and which rooms its bytes come from; and what npm downloads. KB are 1,000 bytes.

import { spawnSync } from 'node:child_process';
import { join, relative, sep } from 'node:path';
import { gzipSync } from 'node:zlib';
import { bundle, relocateUrls } from './bundle.mjs';
import { root } from './cache.ts';

interface Part {
  readonly name: string;
  readonly source: string;
  /** When a page loads it. */
  readonly when: string;
  readonly budgetKb: number;
}

/**
 * The core is what a page's own bundle grows by and its main thread reads: index.js. The worker is loaded with the first model and
 * holds the engine, which 60 KB cannot mean: its WGSL alone zips to 34 KB, the code that runs it to several times that.
 */
const parts: readonly Part[] = [
  { name: 'index', source: 'src/index.ts', when: 'with the page (the core)', budgetKb: 60 },
  { name: 'plan', source: 'src/weights/plan-model.ts', when: 'with the first Molmo2.plan', budgetKb: 45 },
  { name: 'worker', source: 'src/worker/host.ts', when: 'with the first model', budgetKb: 190 },
  {
    name: 'player',
    source: 'src/media/player/serve-player.ts',
    when: 'with the first video that the worker cannot decode',
    budgetKb: 4,
  },
  {
    name: 'remote-answer',
    source: 'src/adapters/remote/remote-answer.ts',
    when: 'with the first answer of a server',
    budgetKb: 8,
  },
  {
    name: 'remote-media',
    source: 'src/adapters/remote/sent-media.ts',
    when: 'with the first picture for a server',
    budgetKb: 8,
  },
  {
    name: 'annotation-files',
    source: 'src/annotations/formats/formats.ts',
    when: 'with the first file of annotations',
    budgetKb: 18,
  },
  {
    name: 'annotation-picture',
    source: 'src/annotations/drawing/sheet.ts',
    when: 'with the first picture of annotations',
    budgetKb: 8,
  },
  {
    name: 'annotation-clip',
    source: 'src/annotations/clip/clip.ts',
    when: 'with the first clip of annotations',
    budgetKb: 30,
  },
  {
    name: 'annotation-share',
    source: 'src/annotations/share/share-file.ts',
    when: 'with the first share file of annotations',
    budgetKb: 8,
  },
];
const subPathBudgetKb = 8;
const mostRooms = 8;

const kb = (bytes: number): string => `${(bytes / 1000).toFixed(1)} KB`;

/** src/engine, a package's name, or shaders: where a module's bytes are counted. */
function roomOf(id: string): string {
  const path = relative(root, id.replace(/\?.*$/, '')).split(sep).join('/');
  const [, owner = '', name = ''] = /^node_modules\/([^/]+)(?:\/([^/]+))?/.exec(path) ?? [];
  if (owner) return owner.startsWith('@') ? `${owner}/${name}` : owner;
  const [top = '', room = ''] = path.split('/');
  if (top !== 'src') return top.includes('.') ? 'settings' : top;
  return room.endsWith('.ts') ? 'src' : `src/${room}`;
}

/** Rooms by their share of a part, the largest first. A room's share of the zipped bytes is estimated by what it zips to alone. */
function roomsOf(modules: Readonly<Record<string, { readonly code: string | null }>>, total: number): string {
  const texts = new Map<string, string>();
  for (const [id, { code }] of Object.entries(modules))
    texts.set(roomOf(id), (texts.get(roomOf(id)) ?? '') + (code ?? ''));
  const zipped = [...texts].map(([room, text]) => ({ room, bytes: gzipSync(text).length }));
  const sum = zipped.reduce((all, { bytes }) => all + bytes, 0);
  const sorted = zipped.toSorted((a, b) => b.bytes - a.bytes);
  const line = ({ room, bytes }: (typeof zipped)[number]) => `${room} ${kb((bytes / sum) * total)}`;
  const others = sorted.slice(mostRooms).reduce((all, { bytes }) => all + bytes, 0);
  return [
    ...sorted.slice(0, mostRooms).map(line),
    ...(others > 0 ? [line({ room: 'others', bytes: others })] : []),
  ].join(', ');
}

async function measured({ name, source }: Part, ownFiles: Record<string, string>, withVideo: boolean) {
  const outDir = join(root, 'dist');
  const { output } = await bundle({
    input: { [name]: join(root, source) },
    outDir,
    platform: 'browser',
    plugins: [relocateUrls(outDir, ownFiles)],
    inline: (id: string) => withVideo || id !== 'mediabunny',
    singleFile: true,
    minify: true,
    write: false,
  });
  const [{ code, modules }] = output;
  return { bytes: gzipSync(code, { level: 9 }).length, modules };
}

/** A file of the package that users import by a path of its own. */
export interface SubPath {
  readonly name: string;
  readonly source: string;
  /** Default 8. */
  readonly budgetKb?: number;
}

/**
 * Prints a table; throws for what is over its budget. `ownFiles` are modules that are files of their own.
 */
export async function checkSizes(
  ownFiles: Record<string, string>,
  subPaths: readonly SubPath[],
): Promise<void> {
  const over: string[] = [];
  const added = subPaths.map((one) => ({
    ...one,
    when: 'with the page, where it is used',
    budgetKb: one.budgetKb ?? subPathBudgetKb,
  }));
  console.log('gzipped and minified, with packages (KB are 1,000 bytes):');
  for (const part of [...parts, ...added]) {
    const { bytes, modules } = await measured(part, ownFiles, false);
    const { bytes: all } = await measured(part, ownFiles, true);
    const video = all > bytes ? `; ${kb(all)} with mediabunny` : '';
    console.log(`  ${part.name}.js ${kb(bytes)} of ${part.budgetKb} KB, ${part.when}${video}`);
    console.log(`    ${roomsOf(modules, bytes)}`);
    if (bytes > part.budgetKb * 1000)
      over.push(`${part.name}.js is ${kb(bytes)}, its budget ${part.budgetKb} KB.`);
  }
  if (over.length > 0) throw new Error(`${over.join(' ')} Take something out, or load it when it is needed.`);
}

/** What the packed tarball may have. A third of it is the embedded model, another the source maps. */
export const tarballBudgetMb = 11;

/** Packs without writing, prints the size, and throws where it is over the budget. */
export function checkTarball(): void {
  const { status, stdout, stderr } = spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: root,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`npm pack failed: ${stderr.trim()}`);
  const [packed] = JSON.parse(stdout) as readonly {
    size: number;
    unpackedSize: number;
    entryCount: number;
  }[];
  if (!packed) throw new Error('npm pack listed no tarball.');
  const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(2)} MB`;
  const { size, unpackedSize, entryCount } = packed;
  console.log(
    `  the tarball ${mb(size)} of ${tarballBudgetMb} MB, ${entryCount} files, unpacked ${mb(unpackedSize)}`,
  );
  if (size > tarballBudgetMb * 1e6)
    throw new Error(`The tarball has ${mb(size)}, its budget is ${tarballBudgetMb} MB. Leave something out.`);
}
