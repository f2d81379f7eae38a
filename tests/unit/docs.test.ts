// The documentation as a whole: every link leads somewhere, pages follow each other, and what they list is what the sources have.

import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { docsOrder, footerOf } from '../../scripts/docs-order.ts';
import { catalogueModel } from '../../src/weights/source/catalogue.ts';
import { readMarkdown, type Link } from '../markdown.ts';

const notOurs = /^(node_modules|dist|demo-dist|docs-dist|release|coverage|\.(?!github$).*)$/;

function filesIn(folder: string, ending: RegExp): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return notOurs.test(entry.name) ? [] : filesIn(path, ending);
    return ending.test(entry.name) ? [path] : [];
  });
}

const pages = new Map(filesIn('.', /\.md$/).map((file) => [file, readMarkdown(file)]));

/** What is wrong with a link, or null. */
function problemOf({ file, target }: Link): string | null {
  if (/^[a-z][a-z+.-]*:/i.test(target)) {
    if (!URL.canParse(target) || !/^https?:\/\/[\w.-]+\.[a-z]{2,}/i.test(target)) return 'is no address';
    return null;
  }
  const [path = '', anchor] = target.split('#');
  const wanted = path === '' ? file : relative('.', join(dirname(file), path));
  if (!existsSync(wanted)) return `leads to ${wanted}, which is not there`;
  const anchors = pages.get(wanted)?.anchors ?? [];
  return anchor !== undefined && !anchors.includes(anchor)
    ? `names no heading of ${wanted}: ${anchors.join(', ')}`
    : null;
}

describe('links', () => {
  test('lead to files and headings that are there', () => {
    const links = [...pages.values()].flatMap((page) => page.links);
    const dead = links.flatMap((link) => {
      const problem = problemOf(link);
      return problem === null ? [] : [`${link.file}:${link.line} ${link.target} ${problem}`];
    });
    expect(dead).toEqual([]);
    expect(links.length).toBeGreaterThan(150);
    console.log(`${links.length} links in ${pages.size} files, 0 dead`);
  });

  test('that lead nowhere are noticed', () => {
    const at = (target: string) => problemOf({ file: 'docs/README.md', line: 1, target });
    expect(at('getting-started.md#what-happened')).toBeNull();
    expect(at('getting-started.md#nothing')).toMatch(/names no heading/);
    expect(at('nothing.md')).toMatch(/not there/);
    expect(at('#nothing')).toMatch(/names no heading/);
    expect(at('https://nowhere')).toMatch(/no address/);
  });

  test('of comments, messages and prose, as names of pages, are right', () => {
    const sources = filesIn('.', /\.(md|ts|mjs|css|html|yml)$/);
    const dead = sources.flatMap((file) =>
      Array.from(readFileSync(file, 'utf8').matchAll(/\bdocs\/[\w-]+\.md/g), ([page]) => page)
        .filter((page) => !existsSync(page))
        .map((page) => `${file}: ${page}`),
    );
    expect(dead).toEqual([]);
  });
});

describe('the pages in docs/', () => {
  const order = docsOrder();

  test('are all in the list of docs/README.md, once and by their titles', () => {
    const found = [...pages.values()]
      .filter(({ file }) => dirname(file) === 'docs' && file !== 'docs/README.md')
      .map(({ file, title }) => `${file} ${title}`);
    expect(order.map(({ file, title }) => `docs/${file} ${title}`).toSorted()).toEqual(found.toSorted());
  });

  test.each(order.map((page, at) => ({ ...page, at })))('$file leads to its neighbours', ({ file, at }) => {
    const lines = readFileSync(join('docs', file), 'utf8').trimEnd().split('\n');
    expect(lines.slice(-3)).toEqual(['---', '', footerOf(order, at)]);
  });

  test('are in the README in the same order', () => {
    const list = readFileSync('docs/README.md', 'utf8');
    const chapters = Array.from(list.matchAll(/^\d+\. \[[^\]]+\]\(([\w-]+\.md)\).*$/gm), ([, file]) => file);
    const shown = pages
      .get('README.md')
      ?.links.flatMap(({ target }) => /^docs\/([\w-]+\.md)$/.exec(target)?.[1] ?? []);
    expect(shown?.filter((file) => chapters.includes(file)).slice(-chapters.length)).toEqual(chapters);
  });
});

describe('docs/errors.md', () => {
  const union =
    /export type Molmo2ErrorCode =([^]*?);[^\n]*\n\n/.exec(readFileSync('src/errors.ts', 'utf8'))?.[1] ?? '';
  const codes = Array.from(union.matchAll(/\| '([\w-]+)'/g), ([, code]) => code);
  const text = readFileSync('docs/errors.md', 'utf8');
  const sections = Array.from(text.matchAll(/^## `([\w-]+)`\n([^]*?)(?=^## |^---$)/gm));

  test('has a section for each code, in the order of the source, and none besides', () => {
    expect(codes.length).toBeGreaterThan(10);
    expect(sections.map(([, code]) => code)).toEqual(codes);
  });

  test.each(sections.map(([, code, body]) => ({ code, body })))('says what to do about $code', ({ body }) => {
    expect(body).toMatch(/^\n[A-Z`][^]*\.\n\n\*\*What to do\*\*: [^]*\.\n\n$/);
  });
});

describe('docs/models.md', () => {
  const rows = Array.from(
    readFileSync('docs/models.md', 'utf8').matchAll(/^\| `(molmo2-[\w-]+)` \|(.*)\|$/gm),
  );

  test('has the released models', () => {
    expect(rows).toHaveLength(3);
  });

  test.each(rows.map(([, name = '', cells = '']) => ({ name, cells })))(
    'has the sizes of $name',
    ({ name, cells }) => {
      const model = catalogueModel(name);
      const source = model?.source.kind === 'hub' ? model.source.checkpointBytes : 0;
      const gigabytes = (bytes = 0) => `${(bytes / 1e9).toFixed(1)} GB`;
      expect(cells.split('|').map((cell) => cell.trim())).toEqual([
        `${((model?.parameters ?? 0) / 1e9).toFixed(1)} billion`,
        gigabytes(source),
        ...(['f16', 'q8', 'q4'] as const).map((format) => gigabytes(model?.variants[format]?.storedBytes)),
        `${Math.round((model?.kvBytesPer1000Tokens ?? 0) / 1e6)} MB`,
        model?.sizes.text.maxPositions.toLocaleString('en'),
      ]);
    },
  );
});
