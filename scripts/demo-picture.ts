// Takes docs/demo.png, which the README shows: the first sample clip in the demo, tracked, in the middle of its way.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { createServer } from 'vite';
import { root } from './cache.ts';
import { chromiumArgs } from './chromium-probe.ts';
import { ensureChromium } from './chromium.ts';
import type { DemoSample } from './demo-samples.ts';

const samples = JSON.parse(readFileSync(join(root, 'demo/samples.json'), 'utf8')) as DemoSample[];
const clip = samples.find(({ questions }) => questions[0]?.answer.startsWith('<tracks'));
if (!clip) throw new Error('demo/samples.json has no clip that is tracked.');

const cacheDir = mkdtempSync(join(tmpdir(), 'molmo2-vite-'));
const { executablePath } = await ensureChromium();
const server = await createServer({
  configFile: join(root, 'vite.config.ts'),
  cacheDir,
  logLevel: 'error',
  server: { port: 0, open: false },
});
await server.listen();
const browser = await chromium.launch({ executablePath, args: chromiumArgs(executablePath) });
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 940 } });
  const timeout = 120_000;
  // A sample that the address names answers itself.
  await page.goto(`${server.resolvedUrls?.local[0] ?? ''}?sample=${clip.name}`);
  await page.waitForSelector('#timings:not(:empty)', { timeout });
  await page.evaluate(async () => {
    const video = document.querySelector('video');
    if (!video) throw new Error('the clip is not shown');
    video.pause();
    const seeked = new Promise((done) => video.addEventListener('seeked', done, { once: true }));
    video.currentTime = 0.4 * video.duration;
    await seeked;
  });
  await page.waitForTimeout(500); // the overlay follows with the next frame
  await page.screenshot({ path: join(root, 'docs/demo.png') });
} finally {
  await browser.close();
  await server.close();
  rmSync(cacheDir, { recursive: true });
}
