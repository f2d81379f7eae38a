// The evaluation's page as a visitor sees it. EVAL_PAGE_SCENES says how many scenes it asks about.

import { readFile } from 'node:fs/promises';
import process from 'node:process';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ReportFile } from '../../eval/report/report-json.ts';
import { readRunText } from '../../eval/run/run-text.ts';
import { expectNoViolations } from './axe.ts';
import { builtSite, launchBrowser, openPage, type Site } from './demo-site.ts';

const scenes = Number(process.env['EVAL_PAGE_SCENES'] ?? 4);

let site: Site;
let browser: Browser;
beforeAll(async () => {
  [site, browser] = await Promise.all([builtSite(), launchBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await site?.close();
});

/** How many questions the progress bar says were asked. */
async function askedSoFar(page: Page): Promise<number> {
  return page.locator('#progress').evaluate((bar: HTMLProgressElement) => (bar.hidden ? 0 : bar.value));
}

async function saved(page: Page, button: string): Promise<string> {
  const [download] = await Promise.all([page.waitForEvent('download'), page.click(button)]);
  return readFile(await download.path(), 'utf8');
}

test('a run is reloaded in the middle, goes on where it was, and ends with its report', async () => {
  const { page, errors } = await openPage(browser, site.url, { acceptDownloads: true });
  const told: string[] = [];
  const elsewhere: string[] = [];
  page.on('console', (message) => told.push(`${message.type()}: ${message.text()}`));
  page.on('request', (request) => {
    if (!/^(https?:\/\/(localhost|127\.0\.0\.1|\[::1\])[:/]|blob:|data:)/.test(request.url()))
      elsewhere.push(request.url());
  });
  await page.click('footer a:text("Evaluation")');
  await page.waitForSelector('body[data-state="ready"]');
  await page.fill('#scenes', String(scenes));
  await page.click('#run');
  await page.waitForFunction(
    (half) => (document.querySelector<HTMLProgressElement>('#progress')?.value ?? 0) >= half,
    Math.floor(scenes / 2),
  );
  const before = await askedSoFar(page);
  await page.reload();
  await page.waitForFunction(() =>
    document.querySelector('#status')?.textContent?.startsWith('Goes on where it was'),
  );
  const [, done, total] = /was: (\d+) of (\d+)/.exec((await page.textContent('#status')) ?? '') ?? [];
  expect(Number(done)).toBeGreaterThanOrEqual(before);
  expect(Number(done)).toBeLessThan(Number(total));
  expect(await page.inputValue('#scenes')).toBe(String(scenes));
  await page.waitForSelector('#save-json:visible', { timeout: 60_000 + scenes * 15_000 });
  expect(await page.textContent('#status')).toBe(`Done: ${total} questions.`);

  const { run } = readRunText(await saved(page, '#save-run'), 'the download') ?? expect.fail('no run');
  expect(run.asked).toHaveLength(Number(total));
  expect(run.asked.every(({ answer, score }) => answer !== null && score !== null)).toBe(true);
  const report = JSON.parse(await saved(page, '#save-json')) as ReportFile;
  expect(report).toMatchObject({ format: 'molmo2-eval-report', version: 1 });
  const [{ summary, examples } = expect.fail('no run')] = report.runs;
  expect(summary).toMatchObject({ questions: Number(total), failed: 0 });
  expect(summary.score?.value).toBeGreaterThan(0.4);

  const shown = page.frameLocator('#report');
  expect(await shown.locator('h1').textContent()).toBe('molmo2-webgpu evaluation');
  expect(await shown.locator('article').count()).toBe(examples.length);
  const undrawn = await shown.locator('figure .nothing').count();
  expect(undrawn).toBe(0);
  const html = await saved(page, '#save-html');
  expect(html).toContain('Speed beside accuracy');
  expect(html.length).toBeLessThan(4e6);

  // A finished run is shown again, without asking anything.
  await page.setViewportSize({ width: 320, height: 700 });
  await page.reload();
  await page.waitForSelector('#save-json:visible');
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320);
  await expectNoViolations(page, 'an evaluation that is done');
  expect(elsewhere).toEqual([]);
  expect(told).toEqual([]);
  expect(errors).toEqual([]);
});

test('a wrong file is one clear error, and a run over dropped questions can be stopped', async () => {
  const { page, errors } = await openPage(browser, `${site.url}eval/index.html`);
  await page.waitForSelector('body[data-state="ready"]');
  await page.check('input[value="files"]');
  await page.click('#run');
  expect(await page.textContent('#error')).toContain('no file of questions yet');
  await expectNoViolations(page, 'an evaluation without a file');
  await page.click('#error button:text("Dismiss")');
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('run');
  const picture = { name: 'a.png', mimeType: 'image/png', buffer: Buffer.from(onePixel, 'base64') };
  const file = (reference: unknown) => ({
    name: 'own.json',
    mimeType: 'application/json',
    buffer: Buffer.from(
      JSON.stringify({
        format: 'molmo2-questions',
        version: 1,
        questions: [1, 2].map((number) => ({
          id: `q${number}`,
          media: { kind: 'images', images: [{ source: 'pictures/a.png', width: 1, height: 1 }] },
          prompt: 'How many?',
          reference,
        })),
      }),
    ),
  });
  await page.setInputFiles('#files', [file({ kind: 'count', count: 'many' }), picture]);
  await page.click('#run');
  await page.waitForSelector('#error:visible code:text("bad-dataset")');
  expect(await page.textContent('#error')).toMatch(/own\.json.*count/);
  await page.setInputFiles('#files', [file({ kind: 'count', count: 1 })]);
  await page.click('#run');
  await page.waitForSelector('#error:visible p:text("is not among the chosen files")');
  await page.setInputFiles('#files', [file({ kind: 'count', count: 1 }), picture]);
  await page.click('#run');
  await page.waitForFunction(() => document.querySelector('#status')?.textContent?.startsWith('Asking 2'));
  await page.click('#stop');
  await page.waitForSelector('#go-on:visible');
  expect(await page.textContent('#status')).toMatch(/^Stopped at /);
  await page.click('#go-on');
  await page.waitForSelector('#save-json:visible', { timeout: 60_000 });
  expect(await page.textContent('#status')).toBe('Done: 2 questions.');
  expect(errors).toEqual([]);
});

const onePixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==';
