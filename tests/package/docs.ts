// The documentation as a user meets it: every block of code compiled against the packed tarball, run where it can be, and the
// page of "Getting started" made by copying alone.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import type { Browser } from 'playwright-core';
import sharp from 'sharp';
import { createServer } from 'vite';
import { beforeAll, describe, expect, test } from 'vitest';
import { newestTypeScript } from './compilers.ts';
import { blocksOf, fileOf, snippets, writeBlocks } from './doc-project.ts';
import { runInNode, runInPage, type Outcome } from './doc-runs.ts';
import type { Project } from './empty-project.ts';

interface Given {
  readonly project: () => Project;
  readonly browser: () => Browser;
  /** A film of a moving shape, as MP4. */
  readonly clip: string;
}

const around = (shapes: string) =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="320" height="240"><rect width="320" height="240" fill="lightgray" />${shapes}</svg>`;

/** The picture that "Getting started" draws, and five frames of a red circle that moves to the right. */
async function drawPictures(folder: string): Promise<void> {
  const draw = (file: string, shapes: string) =>
    sharp(Buffer.from(around(shapes)))
      .png()
      .toFile(join(folder, file));
  await draw(
    'photo.png',
    '<circle cx="90" cy="80" r="30" fill="green" /><circle cx="230" cy="160" r="30" fill="green" />',
  );
  for (let at = 0; at < 5; at++)
    await draw(`frame-${at}.png`, `<circle cx="${60 + 50 * at}" cy="120" r="30" fill="red" />`);
}

/** Whether a line is what the documentation says; `...` stands for anything. */
function isLine(printed: string, said: string): boolean {
  const parts = said.split('...').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(printed);
}

export function describeDocs({ project, browser, clip }: Given): void {
  const all = snippets();

  describe('the blocks of code in README and docs/', () => {
    beforeAll(async () => {
      writeBlocks(project().folder, all);
      await drawPictures(project().folder);
    });

    test('compile against the package', () => {
      const { stdout } = project().run(process.execPath, [newestTypeScript(), '-p', 'docs']);
      expect(stdout).toBe('');
      console.log(`${all.length} blocks of code compiled`);
    });

    const check = (place: string, outcomes: readonly Outcome[]) => {
      for (const { name, printed, error } of outcomes) {
        expect(error, `${name} in ${place}`).toBeNull();
        const said = all.find((snippet) => snippet.name === name)?.prints;
        if (!said) continue;
        const isSaid =
          printed.length === said.length && printed.every((line, at) => isLine(line, said[at] ?? ''));
        expect(isSaid ? said : printed, `what ${name} prints`).toEqual(said);
      }
      const seconds = outcomes.reduce((sum, { ms }) => sum + ms, 0) / 1000;
      console.log(`${outcomes.length} blocks of code run in ${place}, ${seconds.toFixed(1)} s`);
    };

    test('run in Node', () => {
      const wanted = all.filter(({ place }) => place === 'node');
      const outcomes = runInNode(project(), wanted);
      expect(outcomes).toHaveLength(wanted.length);
      check('Node', outcomes);
    });

    test('run in a page', async () => {
      const wanted = all.filter(({ place }) => place === 'page');
      check('a page', await runInPage(project(), browser(), clip, wanted));
    });
  });

  test('the page of "Getting started", copied as it stands, answers and marks what it found', async () => {
    const root = join(project().folder, 'circles');
    rmSync(root, { recursive: true, force: true });
    mkdirSync(root);
    for (const block of blocksOf('docs/getting-started.md')) {
      const file = fileOf(block);
      if (file !== null) writeFileSync(join(root, file), block.text);
    }
    const server = await createServer({
      root,
      configFile: false,
      logLevel: 'error',
      server: { port: 0, host: 'localhost' },
    });
    const page = await browser().newPage();
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('response', (response) => {
      const { pathname } = new URL(response.url());
      if (response.status() >= 400 && pathname !== '/favicon.ico')
        problems.push(`${response.status()} ${pathname}`);
    });
    try {
      await server.listen();
      await page.goto(server.resolvedUrls?.local[0] ?? '');
      await page.getByText('shapes is ready.').waitFor({ timeout: 120_000 });
      await page.getByRole('button', { name: 'Ask' }).click();
      await page.getByText('</points>').waitFor({ timeout: 120_000 });
      const found = await page.evaluate(() =>
        (document.querySelector('molmo-overlay')?.points ?? []).map(({ x, y }) => ({ x, y })),
      );
      expect(found).toHaveLength(2);
      for (const [at, circle] of [
        { x: 90, y: 80 },
        { x: 230, y: 160 },
      ].entries())
        expect(Math.hypot((found[at]?.x ?? 0) - circle.x, (found[at]?.y ?? 0) - circle.y)).toBeLessThan(15);
      const shot = process.env['MOLMO2_DOCS_SHOT'];
      if (shot) await page.screenshot({ path: shot });
      expect(problems).toEqual([]);
    } finally {
      await page.close();
      await server.close();
    }
  });
}
