// Pages that import the package from another origin, as from a CDN, and pages with Trusted Types.

import { cpSync, mkdirSync } from 'node:fs';
import type { OutgoingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askingHtml } from './asking-page.ts';
import { serveFolder, visitPage, type FolderServer, type Visit } from './visit.ts';
import type { Given } from './ways.ts';

const anyone = { 'access-control-allow-origin': '*' };

export function describeOrigins({ project, browser, answer }: Given): void {
  const servers: FolderServer[] = [];
  const serve = async (...args: Parameters<typeof serveFolder>) => {
    const server = await serveFolder(...args);
    servers.push(server);
    return server.origin;
  };

  /** A page of its own origin whose script lies at `script`. */
  async function visit(script: string, headers: OutgoingHttpHeaders = {}): Promise<Visit> {
    const folder = join(project().folder, 'elsewhere');
    mkdirSync(folder, { recursive: true });
    project().write('elsewhere/index.html', askingHtml(script));
    return visitPage(browser(), await serve(folder, () => headers));
  }

  describe('from another origin', () => {
    let cdn = '';
    beforeAll(async () => {
      const { folder, run } = project();
      const entries = ['main.js', 'worker=node_modules/molmo2-webgpu/dist/worker.js'];
      const flags = ['--bundle', '--splitting', '--format=esm', '--outdir=cdn/dist'];
      const { status, stderr } = run('npx', ['--no', '--', 'esbuild', ...entries, ...flags]);
      if (status !== 0) throw new Error(stderr);
      cpSync(join(folder, 'node_modules/molmo2-webgpu/models'), join(folder, 'cdn/models'), {
        recursive: true,
      });
      cpSync(join(folder, 'sample.png'), join(folder, 'cdn/dist/sample.png'));
      cdn = await serve(join(folder, 'cdn'), () => anyone);
    });
    afterAll(() => Promise.all(servers.map((server) => server.close())));

    test('a CDN: the worker is started', async () => {
      expect(await visit(`${cdn}/dist/main.js`)).toEqual({ text: answer, problems: [] });
    });

    test('a CDN that has what Vite built: the worker is found by the name that Vite gave it', async () => {
      const outDir = join(project().folder, 'vite-cdn');
      const assets = await serve(outDir, () => anyone);
      const root = project().folder;
      await build({
        root,
        configFile: false,
        logLevel: 'error',
        base: `${assets}/`,
        build: { outDir, target: 'es2022' },
      });
      const page = await serve(join(outDir, 'page'));
      mkdirSync(join(outDir, 'page'));
      cpSync(join(outDir, 'index.html'), join(outDir, 'page/index.html'));
      expect(await visitPage(browser(), page)).toEqual({ text: answer, problems: [] });
    });

    test('a CDN and Trusted Types, with a policy that lists what is needed', async () => {
      const policy = `script-src 'self' ${cdn}; worker-src blob: ${cdn}; require-trusted-types-for 'script'; trusted-types molmo2-webgpu`;
      const visited = await visit(`${cdn}/dist/main.js`, { 'content-security-policy': policy });
      expect(visited).toEqual({ text: answer, problems: [] });
    });

    test('the page itself, with Trusted Types', async () => {
      const policy = "require-trusted-types-for 'script'";
      const own = await serve(join(project().folder, 'cdn'), () => ({ 'content-security-policy': policy }));
      project().write('cdn/index.html', askingHtml('/dist/main.js'));
      expect(await visitPage(browser(), own)).toEqual({ text: answer, problems: [] });
    });

    test.each([
      ['Trusted Types that allow no policy', `require-trusted-types-for 'script'; trusted-types 'none'`],
      ['no worker from a blob', `worker-src 'self'`],
    ])('%s: one error that says what to host where', async (_, policy) => {
      const { text, problems } = await visit(`${cdn}/dist/main.js`, { 'content-security-policy': policy });
      expect(text).toMatch(
        /worker of molmo2-webgpu did not start: .*own origin.*worker-src blob:.*trusted-types/,
      );
      expect(problems).toEqual([]);
    });

    test('a worker that may not be read from elsewhere: the same error', async () => {
      const closed = await serve(join(project().folder, 'cdn'), (path) =>
        path.endsWith('worker.js') ? {} : anyone,
      );
      const { text } = await visit(`${closed}/dist/main.js`);
      expect(text).toMatch(/worker of molmo2-webgpu did not start: .*Access-Control-Allow-Origin/);
    });
  });
}
