// The model menu with models that are fetched and kept: a converted one from another site, and a released one of the hub.

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContext, Page, Route } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCli } from '../node/run-cli.ts';
import { expectNoViolations } from './axe.ts';
import { builtSite, launchBrowser, openPage, type Site } from './demo-site.ts';
import { ask, chooseFiles, placesIn, sampleQuestion, structureOf, untilReady } from './demo-steps.ts';

const shapes = fileURLToPath(new URL('../../models/shapes/', import.meta.url));
const weightsFile = 'weights-1.bin';

interface BundleServer {
  readonly url: string;
  /** Requests for the weights so far. */
  readonly weightRequests: () => number;
  /** Whether requests for the weights get all but the last bytes and then silence. */
  stalls: boolean;
  /** Gives those that were kept waiting the rest. */
  release(): void;
  close(): Promise<void>;
}

/** Another site with the files of a folder, which any page may read in ranges. */
async function serveFolder(folder: string): Promise<BundleServer> {
  const files = new Map<string, Buffer>();
  for (const name of await readdir(folder)) files.set(name, await readFile(join(folder, name)));
  let weightRequests = 0;
  const waiting: (() => void)[] = [];
  const server: Server = createServer((request, response) => {
    const name = basename(request.url ?? '');
    const bytes = files.get(name);
    response.setHeader('Access-Control-Allow-Origin', '*');
    if (!bytes) return void response.writeHead(404).end();
    const [from = 0, last = bytes.length - 1] = partOf(request.headers.range);
    const body = bytes.subarray(from, last + 1);
    response.writeHead(request.headers.range ? 206 : 200, {
      'Content-Length': body.length,
      ...(request.headers.range && { 'Content-Range': `bytes ${from}-${last}/${bytes.length}` }),
    });
    if (name === weightsFile) weightRequests++;
    if (name === weightsFile && self.stalls) {
      response.write(body.subarray(0, -100_000));
      waiting.push(() => response.end(body.subarray(-100_000)));
    } else response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  const self: BundleServer = {
    url: `http://127.0.0.1:${address.port}/shapes-q8/`,
    weightRequests: () => weightRequests,
    stalls: false,
    release() {
      self.stalls = false;
      for (const finish of waiting.splice(0)) finish();
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return self;
}

/** First and last byte of a Range header. */
function partOf(range: string | undefined): number[] {
  return (/^bytes=(\d+)-(\d+)$/.exec(range ?? '')?.slice(1) ?? []).map(Number);
}

let folder: string;
let server: BundleServer;
let site: Site;
let browser: Browser;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'molmo2-bundle-'));
  const bundle = async () => {
    expect(await runCli(['convert', shapes, join(folder, 'q8'), '--weights', 'q8'])).toMatchObject({
      status: 0,
    });
    return serveFolder(join(folder, 'q8'));
  };
  [server, site, browser] = await Promise.all([bundle(), builtSite(), launchBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await site?.close();
  await server?.close();
  await rm(folder, { recursive: true, force: true });
});

const pointing = sampleQuestion({ kind: 'image', form: 'several crops', says: 'points' });

async function expectPoints(page: Page): Promise<void> {
  await chooseFiles(page, pointing.files);
  const answer = await ask(page, pointing.question);
  expect(structureOf(answer)).toBe(structureOf(pointing.answer));
  const expected = placesIn(pointing.answer).get(1) ?? [];
  const actual = placesIn(answer).get(1) ?? [];
  expect(actual).toHaveLength(expected.length);
  for (const [i, { x, y }] of expected.entries()) {
    expect(Math.abs((actual[i]?.x ?? Infinity) - x)).toBeLessThanOrEqual(0.01);
    expect(Math.abs((actual[i]?.y ?? Infinity) - y)).toBeLessThanOrEqual(0.01);
  }
}

/** The page that may ask other addresses than its own and the hub's. */
const anyAddress = () => `${site.url}any-address.html?sample=none`;

async function submitUrl(page: Page): Promise<void> {
  await page.click('#model-button');
  await page.fill('#model-url', server.url);
  await page.press('#model-url', 'Enter');
}

/** Waits until the page uses the model of this name. */
async function untilModel(page: Page, name: string): Promise<void> {
  await page.waitForFunction(
    (text) =>
      document.body.dataset['state'] === 'ready' &&
      document.querySelector('#model-name')?.textContent.includes(text),
    name,
  );
}

async function keptModels(page: Page): Promise<string[]> {
  await page.click('#model-button');
  await page.waitForSelector('#kept[aria-busy="false"]', { state: 'attached' });
  return page.locator('#kept li').allInnerTexts();
}

async function deleteKept(page: Page): Promise<void> {
  await keptModels(page);
  const remove = page.locator('#kept [aria-label^="Delete"]');
  await remove.click();
  await page.click('#kept [data-sure]');
  await page.waitForSelector('#kept-status:not(:empty)');
  await page.click('#model-close');
}

test('a converted model of another site is loaded, kept, loaded without a download, and deleted', async () => {
  const { page, errors } = await openPage(browser, anyAddress());
  await untilReady(page);
  await submitUrl(page);
  await untilModel(page, server.url);
  await expectPoints(page);
  const fetched = server.weightRequests();
  expect(fetched).toBeGreaterThan(0);

  // The model of the last visit comes back by itself, and the one in the page answers until then.
  await page.reload();
  await untilModel(page, 'shapes (built in)');
  await untilModel(page, server.url);
  // So does the conversation: no more than the words of the next question is read in it.
  await page.check('#keep');
  await ask(page, 'How many circles are there?');
  const timings = (await page.textContent('#timings')) ?? '';
  expect(Number(/reading (\d+) tokens/.exec(timings)?.[1])).toBeLessThan(60);
  await page.uncheck('#keep');
  await expectPoints(page);
  expect(server.weightRequests()).toBe(fetched);

  const [kept, ...others] = await keptModels(page);
  expect(others).toEqual([]);
  expect(kept).toContain(server.url);
  expect(kept).not.toContain('not complete');
  expect(await page.textContent('#kept-total')).toMatch(/^1\.6 MB in all/);
  await page.click('#model-shapes');
  await untilModel(page, 'shapes (built in)');
  await page.click('#model-button');
  await page.click('[aria-label^="Use "]');
  await untilModel(page, server.url);
  expect(server.weightRequests()).toBe(fetched);
  await keptModels(page);
  // With the keyboard alone: the first press asks, leaving takes it back, two presses delete.
  const remove = page.locator('#kept button:last-child');
  await remove.press('Enter');
  expect(await remove.textContent()).toBe('Really delete?');
  await page.keyboard.press('Shift+Tab');
  expect(await remove.textContent()).toBe('Delete');
  await remove.press('Enter');
  await remove.press('Enter');
  await page.waitForSelector('#kept-status:not(:empty)');
  expect(await page.locator('#kept li').count()).toBe(0);
  expect(await page.textContent('#kept-total')).toBe('None so far.');
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('kept-title');
  expect(errors).toEqual([]);
  await page.context().close();
});

const loadText = (page: Page) => page.textContent('#load-text');

test('while a model loads the one before answers; the load is paused, resumed and cancelled', async () => {
  const { page, errors } = await openPage(browser, anyAddress());
  // Esc does not leave the page without a model.
  await page.keyboard.press('Escape');
  await untilReady(page);
  server.stalls = true;
  try {
    await submitUrl(page);
    await page.waitForFunction(
      () => (document.querySelector<HTMLProgressElement>('#load-progress')?.value ?? 0) >= 0.9,
    );
    expect(await page.getAttribute('#load-progress', 'value')).toMatch(/^0\.9/);
    expect(await loadText(page)).toMatch(/1\.\d MB of 1\.5 MB/);
    await chooseFiles(page, pointing.files);
    expect(await ask(page, pointing.question)).toBe(pointing.answer);
    expect(await page.textContent('#model-name')).toBe('shapes (built in)');
    await page.click('[aria-label="Pause loading"]');
    expect(await loadText(page)).toMatch(/paused at 1\.\d MB of 1\.5 MB/);
    expect(await page.evaluate(() => document.activeElement?.ariaLabel)).toBe('Resume loading');
    await expectNoViolations(page, 'a load that is paused');
    // All of it arrives, and the model before is in use still.
    server.release();
    await page.waitForFunction(() => document.querySelector('#load-text')?.textContent.includes('preparing'));
    expect(await ask(page, pointing.question)).toBe(pointing.answer);
    expect(await page.textContent('#model-name')).toBe('shapes (built in)');
    await page.click('[aria-label="Resume loading"]');
    await untilModel(page, server.url);
    expect(await loadText(page)).toContain('answers from now on');
    await page.click('#load-tools button');
    expect(await page.isVisible('.promise')).toBe(true);

    await deleteKept(page);
    server.stalls = true;
    await submitUrl(page);
    await page.click('[aria-label="Cancel loading"]');
    expect(await page.isHidden('#load-bar')).toBe(true);
  } finally {
    server.release();
  }
  expect(await page.textContent('#model-name')).toBe(server.url);
  expect(await page.isHidden('#error')).toBe(true);
  expect(errors).toEqual([]);
  await page.context().close();
});

/** Answers for the model hub with the files of the built-in model, or with one status for all. */
async function standInForHub(context: BrowserContext, status?: number): Promise<string[]> {
  const asked: string[] = [];
  const answer = async (route: Route): Promise<void> => {
    const name = basename(new URL(route.request().url()).pathname);
    asked.push(name);
    const headers = {
      'Access-Control-Allow-Origin': '*',
      'Access-Control-Expose-Headers': '*',
      ETag: `"${name}"`,
    };
    const bytes = await readFile(join(shapes, name)).catch(() => null);
    if (!bytes || status !== undefined) return route.fulfill({ status: status ?? 404, headers });
    const range = route.request().headers()['range'];
    const [from = 0, last = bytes.length - 1] = partOf(range);
    const end = Math.min(last, bytes.length - 1);
    return route.fulfill({
      status: range ? 206 : 200,
      headers: { ...headers, ...(range && { 'Content-Range': `bytes ${from}-${end}/${bytes.length}` }) },
      body: bytes.subarray(from, end + 1),
    });
  };
  await context.route('https://huggingface.co/**', answer);
  return asked;
}

test('a released model is planned before its weights are asked for, then loaded and kept', async () => {
  const { page, errors } = await openPage(browser, anyAddress());
  await standInForHub(page.context());
  await untilReady(page);
  await page.click('#model-button');
  expect(await page.isDisabled('#released-load')).toBe(true);
  await page.check('[value="molmo2-4b"]');
  // What this page knows is there at once; then the hub is asked, which has a smaller model here.
  await page.waitForFunction(() => document.querySelector('#plan-hub')?.textContent.includes('confirms'));
  const small = await page.locator('#plan-facts dd').allInnerTexts();
  expect(small[0]).toMatch(/^4\.6 MB, about \d/);
  await page.selectOption('#released-format', 'q8');
  await page.waitForFunction(
    (before) =>
      document.querySelector('#plan-hub')?.textContent.includes('confirms') &&
      ![undefined, before].includes(document.querySelectorAll('#plan-facts dd')[1]?.textContent ?? undefined),
    small[1],
  );
  // No graphics card here: nothing is said to fit.
  expect(await page.textContent('#plan')).toContain('too slow');
  await page.click('#released-load');
  await untilModel(page, 'molmo2-4b (q8)');
  await expectPoints(page);
  const [kept, ...others] = await keptModels(page);
  expect(others).toEqual([]);
  expect(kept).toContain('Molmo2-4B');
  await page.check('[value="molmo2-4b"]');
  await page.selectOption('#released-format', 'q8');
  await page.waitForFunction(() =>
    document.querySelector('#plan-facts dd')?.textContent.startsWith('nothing'),
  );
  expect(errors).toEqual([]);
  await page.context().close();
});

test('without the model hub sizes are there at once, the load fails with an error, and the built-in model goes on', async () => {
  const { page, errors } = await openPage(browser, anyAddress());
  const asked = await standInForHub(page.context(), 403);
  await untilReady(page);
  expect(asked).toEqual([]);
  await page.click('#model-button');
  const askedMs = performance.now();
  await page.check('[value="molmo2-8b"]');
  await page.waitForSelector('#plan-facts dd');
  expect(performance.now() - askedMs).toBeLessThan(3000);
  expect(await page.textContent('#plan-facts dd')).toContain('34.65 GB');
  await page.waitForFunction(() =>
    document.querySelector('#plan-hub')?.textContent.includes('tries again by itself'),
  );
  await page.click('#released-load');
  await page.waitForSelector('#error[data-code="network"]');
  await untilReady(page);
  expect(await page.textContent('#error h2')).toBe('A file could not be fetched');
  expect(await page.textContent('#model-name')).toBe('shapes (built in)');
  await expectPoints(page);
  expect(errors).toEqual([]);
  await page.context().close();
});
