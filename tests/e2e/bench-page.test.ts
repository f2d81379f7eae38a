// The benchmark's page as a visitor sees it.

import { readFile } from 'node:fs/promises';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { Report } from '../../bench/measure/types.ts';
import { expectNoViolations } from './axe.ts';
import { builtSite, launchBrowser, openPage, type Site } from './demo-site.ts';

const reports = new URL('../../bench/reports/', import.meta.url);

let site: Site;
let browser: Browser;
beforeAll(async () => {
  [site, browser] = await Promise.all([builtSite(), launchBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await site?.close();
});

/** The charts of the report that is shown first have the numbers of its file, and those of another follow the choice. */
async function expectCharts(page: Page): Promise<void> {
  await page.waitForSelector('.plot-figure');
  const name = await page.inputValue('#report-choice');
  const told = JSON.parse(await readFile(new URL(`${name}.json`, reports), 'utf8')) as Report;
  const dots = await page.locator('.plot-dot').count();
  const shares = told.rows.filter(({ fraction }) => fraction !== null).length;
  const ratios = told.rows.filter(({ ratio }) => ratio !== null).length;
  expect(dots).toBeGreaterThanOrEqual(shares + ratios);
  for (const figure of await page.locator('.plot-figure').all()) {
    expect(await figure.locator('[role=img]').getAttribute('aria-label')).toMatch(/\d/);
    const rows = await figure.locator('tbody tr').count();
    expect(await figure.locator('.plot-dot, .plot-bar').count()).toBe(rows);
  }
  await page.selectOption('#report-choice', 'swiftshader-chromium-156');
  await page.waitForSelector('#report:has-text("say nothing about graphics cards")');
}

test('a visitor comes from the demo, runs it, and downloads the report', async () => {
  const { page, errors } = await openPage(browser, site.url, { acceptDownloads: true });
  const elsewhere: string[] = [];
  page.on('request', (request) => {
    if (!/^(https?:\/\/(localhost|127\.0\.0\.1|\[::1\])[:/]|blob:|data:)/.test(request.url()))
      elsewhere.push(request.url());
  });
  await page.click('footer a:text("Benchmark")');
  await page.waitForSelector('#run');
  expect(await page.isVisible('#peer-box')).toBe(false);
  await expectCharts(page);
  await page.uncheck('input[value="kernels"]'); // the denominators alone take a few seconds
  await page.click('#run');
  await page.waitForSelector('#save-json:visible', { timeout: 60_000 });
  expect(await page.textContent('#status')).toMatch(/^\d rows, 0 failed$/);
  expect(await page.locator('.bench-row[data-check="ok"]').count()).toBeGreaterThanOrEqual(4);
  expect(await page.textContent('#denominators')).toContain('GB/s');
  await expectNoViolations(page, 'a benchmark that is done');
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('#save-json')]);
  const report = JSON.parse(await readFile(await download.path(), 'utf8')) as Report;
  expect(report.rows.every(({ suite, check }) => suite === 'denominators' && check === 'ok')).toBe(true);
  const [html] = await Promise.all([page.waitForEvent('download'), page.click('#save-html')]);
  expect(await readFile(await html.path(), 'utf8')).toContain('What this machine can do at most');
  expect(elsewhere).toEqual([]);
  expect(errors).toEqual([]);
});

test('a run can be stopped, and a narrow screen needs no scrolling to the side', async () => {
  const { page, errors } = await openPage(browser, `${site.url}bench/index.html`, {
    viewport: { width: 320, height: 740 },
  });
  await page.waitForSelector('.plot-figure');
  await page.click('#run');
  await page.waitForSelector('.bench-row', { timeout: 60_000 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320);
  await page.click('#stop');
  await page.waitForSelector('body[data-state="ready"]', { timeout: 30_000 });
  expect(await page.textContent('#status')).toBe('Stopped.');
  expect(errors).toEqual([]);
});

/** A built page's scripts with all that they import at once, by their names. */
function scriptsOf(outDir: string, page: string): Set<string> {
  const html = readFileSync(join(outDir, page), 'utf8');
  const names = [...html.matchAll(/(?:src|href)="[^"]*?([\w.-]+\.js)"/g)].map(([, name = '']) => name);
  const found = new Set(names);
  for (const name of found) {
    const text = readFileSync(join(outDir, 'assets', name), 'utf8');
    for (const [, other = ''] of text.matchAll(/(?:import|from)\s*["']\.\/([\w.-]+\.js)["']/g))
      found.add(other);
  }
  return found;
}

test.each(['index.html', 'bench/index.html', 'eval/index.html'])(
  'the scripts of %s are at most 170 KB',
  (page) => {
    const outDir = inject('builtDemo');
    const files = [...scriptsOf(outDir, page)].map((name) => readFileSync(join(outDir, 'assets', name)));
    expect(files.length).toBeGreaterThan(1);
    const bytes = files.reduce((sum, file) => sum + gzipSync(file).byteLength, 0);
    expect(bytes).toBeGreaterThan(30_000); // or it was not read
    expect(bytes).toBeLessThanOrEqual(170_000);
  },
);

test("the built site carries onnxruntime's files once, for answers without WebGPU, and nothing else that is large", () => {
  const outDir = inject('builtDemo');
  const files = readdirSync(outDir, { recursive: true, encoding: 'utf8' });
  const large = files.filter((file) => statSync(join(outDir, file)).size > 1e6).sort();
  expect(large).toEqual([
    expect.stringMatching(/model.*\.safetensors$/),
    expect.stringMatching(/ort-wasm-simd-threaded-.*\.wasm$/),
  ]);
  expect(files.filter((file) => /(^|\/)ort[-.]/.test(file))).toHaveLength(2);
});
