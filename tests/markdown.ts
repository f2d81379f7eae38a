// What the documentation's own tests read of a Markdown file: headings, links and blocks of code.

import { readFileSync } from 'node:fs';

export interface CodeBlock {
  readonly file: string;
  /** Of the line behind the opening fence, from 1. */
  readonly line: number;
  readonly language: string;
  /** The words behind the language, such as `page` or `file=main.js`. */
  readonly words: readonly string[];
  readonly text: string;
}

export interface Link {
  readonly file: string;
  readonly line: number;
  readonly target: string;
}

export interface Markdown {
  readonly file: string;
  readonly title: string;
  /** What a heading is addressed by, in order. */
  readonly anchors: readonly string[];
  readonly links: readonly Link[];
  readonly blocks: readonly CodeBlock[];
}

/** The address that GitHub gives a heading. */
function anchorOf(heading: string): string {
  const words = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll('`', '');
  return words
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(/\s/g, '-');
}

const withoutCode = (line: string) => line.replaceAll(/`[^`]*`/g, (code) => ' '.repeat(code.length));

export function readMarkdown(file: string): Markdown {
  const anchors: string[] = [];
  const links: Link[] = [];
  const blocks: CodeBlock[] = [];
  let title = '';
  let open: { fence: string; block: CodeBlock; lines: string[] } | null = null;
  readFileSync(file, 'utf8')
    .split('\n')
    .forEach((line, at) => {
      const fence = /^\s*(`{3,})(\S*)\s*(.*)$/.exec(line);
      if (open) {
        if (fence?.[1] === open.fence && !fence[2]) {
          blocks.push({ ...open.block, text: open.lines.join('\n') });
          open = null;
        } else open.lines.push(line);
        return;
      }
      if (fence) {
        const [, mark = '', language = '', rest = ''] = fence;
        const words = rest.split(/\s+/).filter((word) => word !== '');
        open = { fence: mark, block: { file, line: at + 2, language, words, text: '' }, lines: [] };
        return;
      }
      const heading = /^(#+) (.*)$/.exec(line);
      if (heading) {
        if (heading[1] === '#') title ||= (heading[2] ?? '').replaceAll('`', '');
        const anchor = anchorOf(heading[2] ?? '');
        const twins = anchors.filter((other) => other === anchor || other.startsWith(`${anchor}-`)).length;
        anchors.push(anchors.includes(anchor) ? `${anchor}-${twins}` : anchor);
      }
      for (const [, target = ''] of withoutCode(line).matchAll(/\]\(([^)\s]*)\)/g))
        links.push({ file, line: at + 1, target });
    });
  if (open) throw new Error(`${file} opens a block of code that nothing closes.`);
  return { file, title, anchors, links, blocks };
}
