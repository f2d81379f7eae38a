// The run in headless Chromium, on a page that Vite serves.

import { join } from 'node:path';
import process from 'node:process';
import type { Browser, Page } from 'playwright-core';
import { root } from '../scripts/cache.ts';
import { isHeadlessShell } from '../scripts/chromium-candidates.ts';
import { findChromium } from '../scripts/chromium.ts';
import type { Adapter, BenchRequest } from './options.ts';
import type { BenchResult } from './measure/types.ts';
import type { BenchEvent } from './run-bench.ts';

/** Runs the benchmark in a page. Throws the signal's own reason. */
export function benchInBrowser(
  request: BenchRequest,
  adapter: Adapter,
  onEvent: (event: BenchEvent) => void,
  signal: AbortSignal,
): Promise<BenchResult> {
  return withPage(adapter, async (page, browser) => {
    const stop = () => void browser.close();
    signal.addEventListener('abort', stop);
    await page.exposeFunction('tellBench', onEvent);
    try {
      return await page.evaluate(
        ([asked, runtime]) => {
          if (!globalThis.benchPage) throw new Error('the page did not load');
          return globalThis.benchPage.run(asked, runtime);
        },
        [plain(request), `Chromium ${browser.version()}`] as const,
      );
    } catch (error) {
      signal.throwIfAborted();
      throw inOwnWords(error);
    } finally {
      signal.removeEventListener('abort', stop);
    }
  });
}

/** Names of the rows that would be measured. */
export function listInBrowser(request: BenchRequest, adapter: Adapter): Promise<string[]> {
  return withPage(adapter, (page) =>
    page.evaluate((asked) => {
      if (!globalThis.benchPage) throw new Error('the page did not load');
      return globalThis.benchPage.list(asked);
    }, plain(request)),
  );
}

/** What a page needs of the options, and nothing else. */
function plain({ suites, filter, quick, all, family, peer, budgetSec }: BenchRequest): BenchRequest {
  return { suites, filter, quick, all, family, peer, budgetSec };
}

/** An error of the page without Playwright's words and the page's stack; misuse keeps its class. */
function inOwnWords(error: unknown): Error {
  const message = error instanceof Error ? error.message : String(error);
  const [first = ''] = message.replace(/^page\.evaluate: /, '').split('\n');
  const words = first.replace(/^(Molmo2)?(Range|Type)?Error: /, '');
  return first.startsWith('RangeError') ? new RangeError(words) : new Error(words);
}

async function withPage<T>(adapter: Adapter, work: (page: Page, browser: Browser) => Promise<T>): Promise<T> {
  const server = await serve();
  try {
    const browser = await launch(adapter);
    try {
      const page = await browser.newPage();
      page.on('pageerror', (error) => process.stderr.write(`page: ${error.message}\n`));
      await page.goto(server.url);
      await page.waitForFunction(() => globalThis.benchPage !== undefined, null, { timeout: 60_000 });
      return await work(page, browser);
    } finally {
      await browser.close();
    }
  } finally {
    await server.close();
  }
}

async function serve(): Promise<{ url: string; close(): Promise<void> }> {
  // Packages are imported where they are used: the archive that measures without a browser has neither.
  const { createServer } = await import('vite');
  const server = await createServer({
    configFile: false,
    root: join(root, 'bench/page'),
    cacheDir: join(root, 'node_modules/.vite-bench'),
    logLevel: 'error',
    server: { port: 0, host: '127.0.0.1', open: false, hmr: false, watch: null, fs: { allow: [root] } },
    // Found at once, because Vite reloads a page when it meets a package it has not prepared. onnxruntime-web finds its
    // own files beside it.
    optimizeDeps: {
      include: ['@huggingface/tokenizers', 'image-dimensions', 'mediabunny', 'valibot'],
      exclude: ['onnxruntime-web'],
    },
    worker: { format: 'es' },
  });
  await server.listen();
  const url = server.resolvedUrls?.local[0];
  if (!url) throw new Error('The server of the page has no address.');
  return { url: url.replace('127.0.0.1', 'localhost'), close: () => server.close() };
}

// What Chromium asks for on Linux before it gives a page a real adapter; other systems need none of it.
const gpuArgs = [
  '--no-sandbox',
  '--enable-unsafe-webgpu',
  '--ignore-gpu-blocklist',
  ...(process.platform === 'linux'
    ? ['--enable-features=Vulkan,VulkanFromANGLE,DefaultANGLEVulkan', '--use-angle=vulkan']
    : []),
];

async function launch(adapter: Adapter): Promise<Browser> {
  const { chromium } = await import('playwright-core');
  const found = await findChromium();
  if (!found)
    throw new Error(
      'No Chromium with WebGPU was found. Run "npm run chromium" to install one, or measure in Node with --runtime node.',
    );
  const { executablePath, args } = found;
  if (adapter !== 'software') {
    const shell = isHeadlessShell(executablePath);
    const browser = await chromium.launch({
      executablePath,
      args: shell ? gpuArgs : ['--headless=new', ...gpuArgs],
    });
    if (await hasGpu(browser)) return browser;
    await browser.close();
    if (adapter === 'gpu')
      throw new Error(
        'Chromium offers no adapter of a GPU here. Update the driver, or measure in software with --adapter software.',
      );
  }
  return chromium.launch({ executablePath, args });
}

/** True when a page gets an adapter that does not compute on the processor. */
async function hasGpu(browser: Browser): Promise<boolean> {
  const { createServer } = await import('node:http');
  const server = createServer((_, response) => response.end('<!doctype html><title>probe</title>'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  try {
    const page = await browser.newPage();
    // WebGPU needs a secure context, which localhost is.
    await page.goto(`http://localhost:${typeof address === 'object' ? address?.port : ''}/`);
    const isGpu = await page.evaluate(async () => {
      const adapter = await navigator.gpu?.requestAdapter({ powerPreference: 'high-performance' });
      const { vendor = '', architecture = '', description = '' } = adapter?.info ?? {};
      return adapter
        ? !/swiftshader|llvmpipe|lavapipe|software/i.test(`${vendor} ${architecture} ${description}`)
        : false;
    });
    await page.close();
    return isGpu;
  } finally {
    server.close();
    server.closeAllConnections();
  }
}
