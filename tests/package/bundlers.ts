// Pages made by bundlers that know nothing of new URL(..., import.meta.url), as docs/where-it-runs.md says how.

import { cpSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { askingHtml } from './asking-page.ts';
import { serveFolder, visitPage, type Visit } from './visit.ts';
import type { Given } from './ways.ts';

export function describeBundlers({ project, browser, answer, ways }: Given): void {
  function build(command: readonly string[]): string {
    const site = join(project().folder, 'site');
    rmSync(site, { recursive: true, force: true });
    mkdirSync(join(site, 'js'), { recursive: true });
    const { status, stdout, stderr } = project().run('npx', ['--no', '--', ...command]);
    expect({ status, output: status === 0 ? '' : stdout + stderr }).toEqual({ status: 0, output: '' });
    project().write('site/index.html', askingHtml('/js/main.js'));
    cpSync(join(project().folder, 'sample.png'), join(site, 'js/sample.png'));
    return site;
  }

  async function ask(site: string): Promise<Visit> {
    const server = await serveFolder(site);
    try {
      return await visitPage(browser(), server.origin);
    } finally {
      await server.close();
    }
  }

  describe('made by a bundler without an asset plugin', () => {
    const copyModel = (site: string) =>
      cpSync(join(project().folder, 'node_modules/molmo2-webgpu/models'), join(site, 'models'), {
        recursive: true,
      });

    test('answers when esbuild has built it with the two lines of the documentation', async () => {
      const line = /npx (esbuild [^\n#]*)/.exec(readFileSync('docs/where-it-runs.md', 'utf8'))?.[1];
      expect(line, 'docs/where-it-runs.md has a line for esbuild').toBeDefined();
      const site = build((line ?? '').trim().split(' '));
      copyModel(site);
      expect(await ask(site)).toEqual({ text: answer, problems: [] });
      ways.answered('esbuild, with two lines of options', 'esbuild');
    });

    test('answers when Rollup has built it with the same entries', async () => {
      project().write(
        'rollup.config.js',
        `import resolve from '@rollup/plugin-node-resolve';
         export default {
           input: ['main.js', 'node_modules/molmo2-webgpu/dist/worker.js'],
           plugins: [resolve({ browser: true })],
           output: { dir: 'site/js', format: 'es' },
         };`,
      );
      const site = build(['rollup', '--silent', '-c']);
      copyModel(site);
      expect(await ask(site)).toEqual({ text: answer, problems: [] });
      ways.answered('Rollup, with two lines of options', 'rollup');
    });

    test('says where the model belongs without the second line', async () => {
      const worker = 'worker=node_modules/molmo2-webgpu/dist/worker.js';
      const flags = ['--bundle', '--splitting', '--format=esm', '--outdir=site/js'];
      const { text } = await ask(build(['esbuild', 'main.js', worker, ...flags]));
      expect(text).toMatch(
        /embedded model's model\.safetensors was not found at http.*\/models\/shapes\/.*where-it-runs/,
      );
    });

    test('says what is missing without them', async () => {
      const site = build(['esbuild', 'main.js', '--bundle', '--format=esm', '--outdir=site/js']);
      const { text, problems } = await ask(site);
      expect(text).toMatch(/worker of molmo2-webgpu did not start: its file was not found.*where-it-runs/);
      // The page looks once more at what its worker did not find.
      expect(problems).toEqual(['404 /js/worker.js', '404 /js/worker.js']);
    });
  });
}
