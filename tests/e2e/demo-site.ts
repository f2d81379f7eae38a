// Serves the demo page on a free port and opens it in Chromium.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { createServer, preview } from 'vite';
import { inject } from 'vitest';
import { chromiumArgs } from '../../scripts/chromium-probe.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const configFile = join(root, 'vite.config.ts');

export interface Site {
  readonly url: string;
  close(): Promise<void>;
}

/** The page as `npm run build` writes it, or wrote it to `outDir`. */
export async function builtSite(outDir = inject('builtDemo')): Promise<Site> {
  const server = await preview({
    configFile,
    build: { outDir },
    preview: { port: 0, open: false, host: '127.0.0.1', allowedHosts: true },
  });
  const url = server.resolvedUrls?.local[0];
  if (!url) throw new Error('The preview server has no address.');
  return { url, close: () => server.close() };
}

/** The page as `npm start` serves it for the first time: what Vite prepares for later starts is not there yet. */
export async function devSite(): Promise<Site> {
  const cacheDir = await mkdtemp(join(tmpdir(), 'molmo2-vite-'));
  const server = await createServer({
    configFile,
    cacheDir,
    logLevel: 'error',
    server: { port: 0, open: false },
  });
  await server.listen();
  const url = server.resolvedUrls?.local[0];
  if (!url) throw new Error('The development server has no address.');
  return {
    url,
    close: async () => {
      await server.close();
      await rm(cacheDir, { recursive: true });
    },
  };
}

/** The browser under test, with WebGPU in software, and with arguments of a test's own. */
export function launchBrowser(args: readonly string[] = []): Promise<Browser> {
  const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
  return chromium.launch({ executablePath, args: [...chromiumArgs(executablePath), ...args] });
}

/** The same browser without the flags that give it a software adapter; `insecure.test` leads to this machine. */
export function launchWithoutWebGpu(): Promise<Browser> {
  const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
  const args = chromiumArgs(executablePath).filter((arg) => !arg.includes('webgpu'));
  return chromium.launch({
    executablePath,
    args: [...args, '--host-resolver-rules=MAP insecure.test 127.0.0.1'],
  });
}

/** Of a page's context; `keepsSite` lets the page keep itself for visits without a network. */
export type PageOptions = BrowserContextOptions & { readonly keepsSite?: boolean };

/**
 * A fresh page with a context of its own, which closes with it; `errors` collects what nobody caught. Nothing is on its stage:
 * `index.html` behind the site's address opens it as visitors do, with a sample that answers itself.
 */
export async function openPage(
  browser: Browser,
  url: string,
  options: PageOptions = {},
): Promise<{ page: Page; errors: string[] }> {
  const { keepsSite = false, ...settings } = options;
  // With reduced motion the page does not play videos by itself, so tests alone decide what is on the screen.
  const context = await browser.newContext({ reducedMotion: 'reduce', ...settings });
  // A page that is opened once has no use for a site that is kept; only the test of that has it kept.
  if (!keepsSite)
    await context.addInitScript(() => Reflect.deleteProperty(Navigator.prototype, 'serviceWorker'));
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  await page.goto(url.endsWith('/') ? `${url}?sample=none` : url);
  return { page, errors };
}
