// In which order the pages of docs/ are read: that of the list in docs/README.md.

import { readFileSync } from 'node:fs';

export interface DocsPage {
  /** Name in docs/. */
  readonly file: string;
  readonly title: string;
}

const entry = /^ *(?:\d+\.|-) \[([^\]]+)\]\(([\w-]+\.md)\)/gm;

/** The pages in their order; `list` is the text of docs/README.md. */
export function docsOrder(list: string = readFileSync('docs/README.md', 'utf8')): DocsPage[] {
  return Array.from(list.matchAll(entry), ([, title = '', file = '']) => ({ file, title }));
}

/** The last line of each page. */
export function footerOf(pages: readonly DocsPage[], at: number): string {
  const [before, after] = [pages[at - 1], pages[at + 1]];
  const link = (page: DocsPage) => `[${page.title}](${page.file})`;
  const parts = [
    ...(before ? [`Before: ${link(before)}`] : []),
    ...(after ? [`Next: ${link(after)}`] : []),
    '[All pages](README.md)',
  ];
  return parts.join(' | ');
}
