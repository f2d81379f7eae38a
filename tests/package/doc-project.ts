// The documentation's blocks of code as files of a user's project: each a module, with what the page says is given.

import { mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { readMarkdown, type CodeBlock } from '../markdown.ts';

/** Where a block is run: in Node, in a page, or nowhere, because it needs what a test has not. */
export type Place = 'node' | 'page' | 'nowhere';

export interface Snippet {
  /** The page and the line, also the name of the module. */
  readonly name: string;
  readonly block: CodeBlock;
  readonly place: Place;
  /** What the block says that it prints, line by line. */
  readonly prints: readonly string[] | null;
  /** What stands on the page where it is run. */
  readonly html: string;
}

const places: Readonly<Record<string, Place>> = { node: 'node', page: 'page', compile: 'nowhere' };
const code = /^(?:ts|tsx|js)$/;

/** What docs/README.md promises; a block that declares such a name has its own. */
const given = ['molmo', 'image', 'video', 'overlay', 'chat'];

const givenModule = `import type { Chat, Molmo2, VideoInput } from 'molmo2-webgpu';
import type { MolmoOverlay } from 'molmo2-webgpu/overlay';
interface Given {
  readonly molmo: Molmo2; readonly image: File; readonly video: VideoInput; readonly overlay: MolmoOverlay; readonly chat: Chat;
}
export const given = (): Given => (globalThis as unknown as { readonly given: Given }).given;
`;

/** What a block may add to or import, of packages that are not installed here: as little as the compiler has to find. */
const foreignTypes = `declare module 'react' { export namespace JSX { interface IntrinsicElements { div: object } } }
`;

const usualHtml = `<input type="file"><canvas width="320" height="240"></canvas>
<molmo-overlay><video src="clip.mp4" muted></video></molmo-overlay>`;

/** README, the pages and the READMEs of rooms, in a fixed order. */
export function documents(): string[] {
  const pages = readdirSync('docs').filter((file) => file.endsWith('.md'));
  const rooms = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('README.md'),
  );
  return ['README.md', ...pages.map((file) => join('docs', file)), ...rooms.map((file) => join('src', file))];
}

export function blocksOf(file: string): readonly CodeBlock[] {
  return readMarkdown(file).blocks;
}

/** What a block is called in its project: `file=main.js`. */
export function fileOf({ words }: CodeBlock): string | null {
  return words.find((word) => word.startsWith('file='))?.slice('file='.length) ?? null;
}

function placeOf(block: CodeBlock): Place {
  const [word] = block.words;
  const place = word === undefined ? 'node' : places[word];
  if (place === undefined)
    throw new Error(
      `${block.file}:${block.line} is marked "${word}"; known: ${Object.keys(places).join(', ')}.`,
    );
  return place;
}

/** Every block of code that stands alone; those of named files belong to the project that their page makes. */
export function snippets(): Snippet[] {
  return documents().flatMap((file) => {
    let html = usualHtml;
    return blocksOf(file).flatMap((block, at, blocks) => {
      if (block.language === 'html' && fileOf(block) === null) html = block.text;
      if (!code.test(block.language) || fileOf(block) !== null) return [];
      const next = blocks[at + 1];
      const prints = next?.words[0] === 'printed' ? next.text.split('\n') : null;
      const name = `${basename(file, '.md')}-${block.line}`.toLowerCase();
      return [{ name, block, place: placeOf(block), prints, html }];
    });
  });
}

function declares(text: string, name: string): boolean {
  return new RegExp(
    `\\b(?:const|let)\\s+(?:${name}\\b|\\{[^}]*\\b${name}\\b[^}]*\\}\\s*=|\\[[^\\]]*\\b${name}\\b[^\\]]*\\]\\s*=)`,
  ).test(text);
}

/** The block with what it uses and does not define, in one line, so that its own lines keep their order. */
function moduleOf({ text }: CodeBlock): string {
  const used = given.filter((name) => new RegExp(`(?<![.\\w'"])${name}\\b(?!['"\\w])`).test(text));
  const missing = used.filter((name) => !declares(text, name));
  const prelude = `import { given } from './given.js'; const { ${missing.join(', ')} } = given();`;
  return `${missing.length > 0 ? prelude : ''}\n${text}\nexport {};\n`;
}

const compilerOptions = {
  strict: true,
  allowJs: true,
  outDir: 'out',
  target: 'es2022',
  module: 'esnext',
  moduleResolution: 'bundler',
  lib: ['es2023', 'dom', 'dom.iterable', 'dom.asynciterable'],
  types: ['node'],
  skipLibCheck: true,
};

/** Writes the blocks as one TypeScript project; what is plain JavaScript is not held to types, and has to run. */
export function writeBlocks(folder: string, all: readonly Snippet[]): void {
  const docs = join(folder, 'docs');
  rmSync(docs, { recursive: true, force: true });
  mkdirSync(docs, { recursive: true });
  writeFileSync(join(docs, 'given.ts'), givenModule);
  writeFileSync(join(docs, 'foreign.d.ts'), foreignTypes);
  for (const { name, block } of all) writeFileSync(join(docs, `${name}.${block.language}`), moduleOf(block));
  writeFileSync(
    join(docs, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, include: ['*.ts', '*.tsx', '*.js'] }),
  );
  // Packages of other people that the blocks speak to, as a user would install them.
  for (const name of ['ai', 'openai', 'onnxruntime-web']) {
    const link = join(folder, 'node_modules', name);
    rmSync(link, { recursive: true, force: true });
    symlinkSync(resolve('node_modules', name), link, 'dir');
  }
}
