// Pages without a bundler: the package's files as they are, on a static host of their own or of others. And the same files where
// there is no page at all.

import { cpSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { describe, expect, test } from 'vitest';
import { askingHtml, askingScript } from './asking-page.ts';
import { serveFolder, visitPage } from './visit.ts';
import type { Given } from './ways.ts';

/** Nothing but the page's own files: no inline script or style, no eval, no worker from a blob. */
const strictest =
  "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'; img-src 'self'; style-src 'self'; " +
  "base-uri 'none'; form-action 'none'";

/** A folder with the page and, unless they lie elsewhere, the package's files. Returns its path. */
export function writePlainPage(
  { project, question }: Given,
  folder: string,
  files = './molmo2-webgpu',
): string {
  const { write, folder: root } = project();
  write(`${folder}/index.html`, askingHtml('./main.js'));
  write(`${folder}/main.js`, askingScript(question, `${files}/dist/index.js`, `${files}/dist/overlay.js`));
  cpSync(join(root, 'sample.png'), join(root, folder, 'sample.png'));
  if (files.startsWith('./'))
    cpSync(join(root, 'node_modules/molmo2-webgpu'), join(root, folder, files), { recursive: true });
  return join(root, folder);
}

export function describePlainPages(given: Given): void {
  const { project, browser, answer, ways } = given;

  describe('without a bundler', () => {
    test('a static host and the strictest content security policy', async () => {
      const folder = writePlainPage(given, 'plain');
      const host = await serveFolder(folder, () => ({ 'content-security-policy': strictest }));
      try {
        expect(await visitPage(browser(), host.origin)).toEqual({ text: answer, problems: [] });
      } finally {
        await host.close();
      }
      ways.answered(`a script of type module from a static host, with the policy "${strictest}"`);
    });

    test('the files of the package on another origin', async () => {
      const files = join(project().folder, 'node_modules');
      const cdn = await serveFolder(files, () => ({ 'access-control-allow-origin': '*' }));
      const folder = writePlainPage(given, 'plain-cdn', `${cdn.origin}/molmo2-webgpu`);
      const host = await serveFolder(folder);
      try {
        expect(await visitPage(browser(), host.origin)).toEqual({ text: answer, problems: [] });
      } finally {
        await Promise.all([host.close(), cdn.close()]);
      }
      ways.answered('a script of type module from another origin');
    });

    test('a server imports every file that a page would, and nothing happens', () => {
      const folder = join(project().folder, 'node_modules/molmo2-webgpu');
      const { exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
        readonly exports: Record<string, unknown>;
      };
      const entries = Object.keys(exports).filter((entry) => !entry.endsWith('.json'));
      // The worker's file waits for messages.
      const files = readdirSync(join(folder, 'dist')).filter((file) => /(?<!worker)\.js$/.test(file));
      const all = [
        ...entries.map((entry) => `molmo2-webgpu${entry.slice(1)}`),
        ...files.map((file) => `./node_modules/molmo2-webgpu/dist/${file}`),
      ];
      expect(all.length).toBeGreaterThan(15);
      project().write('import-all.js', all.map((one) => `import '${one}';\n`).join(''));
      const { status, stdout, stderr } = project().run(process.execPath, ['import-all.js']);
      expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
      ways.answered('imported in Node without a page');
    });
  });
}
