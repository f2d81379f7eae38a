// `npm run measure:visit`: how long a first visit takes on this machine, on the built page. Each visit begins in a new browser, as somebody's
// first one does: when something is painted, when the model is ready, when the first sample is answered, and how many bytes of scripts came.
// A number of visits may be given; three otherwise.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { gzipSync } from 'node:zlib';
import { chromium, type Page } from 'playwright-core';
import { build, preview } from 'vite';
import { root } from '../../scripts/cache.ts';
import { chromiumArgs } from '../../scripts/chromium-probe.ts';
import { ensureChromium } from '../../scripts/chromium.ts';

const timeout = 180_000;
const sizes = {
  desktop: { width: 1200, height: 760 },
  phone: { width: 390, height: 844 },
};

interface Visit {
  readonly paintMs: number;
  readonly readyMs: number;
  readonly answeredMs: number;
  /** Gzipped, of the page and its workers. */
  readonly scriptBytes: number;
  /** What the page says its answer took. */
  readonly timings: string;
}

/** Milliseconds since the page was navigated to, once `selector` is there. */
async function sinceNavigation(page: Page, selector: string): Promise<number> {
  await page.waitForSelector(selector, { timeout, state: 'attached' });
  return page.evaluate(() => performance.now());
}

async function visit(executablePath: string, url: string, size: keyof typeof sizes): Promise<Visit> {
  const browser = await chromium.launch({ executablePath, args: chromiumArgs(executablePath) });
  try {
    const page = await browser.newPage({ viewport: sizes[size], serviceWorkers: 'block' });
    const scripts: Promise<number>[] = [];
    page.on('response', (response) => {
      if (response.url().endsWith('.js'))
        scripts.push(response.body().then((body) => gzipSync(body).length, () => 0)); // prettier-ignore
    });
    await page.goto(url);
    const readyMs = await sinceNavigation(page, 'body[data-state="busy"], body[data-state="ready"]');
    const answeredMs = await sinceNavigation(page, '#timings:not(:empty)');
    const paintMs = await page.evaluate(
      () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN,
    );
    const timings = (await page.textContent('#timings')) ?? '';
    const scriptBytes = (await Promise.all(scripts)).reduce((sum, bytes) => sum + bytes, 0);
    return { paintMs, readyMs, answeredMs, scriptBytes, timings };
  } finally {
    await browser.close();
  }
}

const visits = Number(process.argv[2] ?? 3);
const outDir = mkdtempSync(join(tmpdir(), 'molmo2-visit-'));
const configFile = join(root, 'vite.config.ts');
await build({ configFile, logLevel: 'error', build: { outDir, emptyOutDir: true } });
const server = await preview({ configFile, build: { outDir }, preview: { port: 0, host: '127.0.0.1' } });
const { executablePath } = await ensureChromium();
const sec = (ms: number) => `${(ms / 1000).toFixed(2)} s`;
try {
  for (const size of ['desktop', 'phone'] as const)
    for (let i = 0; i < visits; i++) {
      const seen = await visit(executablePath, server.resolvedUrls?.local[0] ?? '', size);
      console.log(
        `${size}: painted after ${sec(seen.paintMs)}, ready after ${sec(seen.readyMs)}, answered after ${sec(seen.answeredMs)}; ` +
          `${Math.round(seen.scriptBytes / 1000)} KB of scripts (${seen.timings})`,
      );
    }
} finally {
  await server.close();
  rmSync(outDir, { recursive: true });
}
