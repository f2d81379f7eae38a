// The built site after the first visit: it asks nobody but itself and the hub, works without a network, and changes its version as a
// whole, when the visitor says so.

import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { writeSiteWorker } from '../../scripts/site-worker.ts';
import { expectNoViolations } from './axe.ts';
import { builtSite, launchBrowser, openPage, type Site } from './demo-site.ts';
import { offeredSample, rawAnswer, structureOf, untilReady } from './demo-steps.ts';

let folder: string;
let site: Site;
let browser: Browser;
let page: Page;
/** What the console said, and what nobody caught. */
const said: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'molmo2-site-'));
  await cp(inject('builtDemo'), folder, { recursive: true });
  [site, browser] = await Promise.all([builtSite(folder), launchBrowser()]);
  const opened = await openPage(browser, site.url, { keepsSite: true });
  page = opened.page;
  page.on('console', (message) => said.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => said.push(error.message));
});
afterAll(async () => {
  await browser?.close();
  await site?.close();
  await rm(folder, { recursive: true, force: true });
});

const newNote = 'section.site-note';

/** Keeps a file of the site as another version would have it. */
async function publish(change: (html: string) => string): Promise<void> {
  const file = join(folder, 'index.html');
  await writeFile(file, change(await readFile(file, 'utf8')));
  await writeSiteWorker(folder);
}

/**
 * Chromium looks at a worker's new script when it has nothing better to do, and begins with such work once a page that can be seen has been
 * quiet for a second, else three minutes after its own start.
 */
async function untilBrowserRests(): Promise<void> {
  const quiet = await page.context().newPage();
  await quiet.goto(`${site.url}sw.js`);
  await quiet.waitForTimeout(2000);
  await quiet.close();
}

const siteCaches = () => page.evaluate(async () => (await caches.keys()).toSorted());

test('a request to a foreign host is blocked, from the page and from its worker', async () => {
  await untilReady(page);
  let asked = 0;
  const foreign = createServer((_, response) => {
    asked++;
    response.writeHead(200, { 'access-control-allow-origin': '*' }).end('here');
  });
  await new Promise<void>((listening) => foreign.listen(0, '127.0.0.1', listening));
  const address = `http://127.0.0.1:${(foreign.address() as AddressInfo).port}/`;
  const ask = (url: string) =>
    fetch(url).then(
      () => 'answered',
      () => 'blocked',
    );
  const workers = page.workers();
  expect(workers.length).toBeGreaterThan(0);
  expect(await page.evaluate(ask, address)).toBe('blocked');
  for (const worker of workers) expect(await worker.evaluate(ask, address)).toBe('blocked');
  await page.evaluate((url) => navigator.sendBeacon(url, 'x'), address);
  // The page that may ask any address reaches the same server.
  const open = await page.context().newPage();
  await open.goto(`${site.url}any-address.html?sample=none`);
  expect(await open.evaluate(ask, address)).toBe('answered');
  await open.close();
  expect(asked).toBe(1);
  expect(said.filter((line) => line.includes('Content Security Policy')).length).toBeGreaterThan(0);
  said.length = 0;
  await new Promise((closed) => foreign.close(closed));
});

test('an address that the page may not ask is refused with the way to the page that may', async () => {
  await page.click('#model-button');
  await page.fill('#model-url', 'https://models.invalid/folder/');
  await page.press('#model-url', 'Enter');
  await page.waitForSelector('#reach[data-refused] a[href="any-address.html"]');
  await expectNoViolations(page, 'an address that the page may not ask');
  await page.click('#model-close');
});

test('a new version is told of, waits for the visitor, and leaves nothing of the one before', async () => {
  await page.waitForSelector('#offline:not(:empty)');
  await untilBrowserRests();
  const [before] = await siteCaches();
  await publish((html) => html.replace('<title>', '<title>Newer: '));
  await page.evaluate(async () => (await navigator.serviceWorker.ready).update());
  await page.reload();
  await page.waitForSelector(newNote);
  // A reload alone changes nothing: all files are still of the version before.
  expect(await page.title()).not.toContain('Newer');
  await expectNoViolations(page, 'a new version is told of');
  const other = await page.context().newPage();
  await other.goto(`${site.url}bench/index.html`);
  await page.click(`${newNote} .primary`);
  await page.waitForSelector(`${newNote}:has-text("Close the other tab")`);
  await other.close();
  await page.click(`${newNote} .primary`);
  await page.waitForFunction(() => document.title.startsWith('Newer'));
  const after = await siteCaches();
  expect(after).toHaveLength(1);
  expect(after).not.toContain(before);
});

test('without a network the page reloads, answers a sample, and reads parts of files', async () => {
  await site.close();
  await page.reload();
  await untilReady(page);
  const { button, answer, file } = offeredSample({ kind: 'image' });
  await page.click(button);
  await page.waitForFunction(() => (document.querySelector('#raw')?.textContent ?? '') !== '');
  await untilReady(page);
  expect(structureOf(await rawAnswer(page))).toBe(structureOf(answer));
  const part = await page.evaluate(async (name) => {
    const response = await fetch(`samples/${name}`, { headers: { range: 'bytes=10-19' } });
    return { status: response.status, bytes: [...new Uint8Array(await response.arrayBuffer())] };
  }, file);
  const whole = await readFile(join(folder, 'samples', file));
  expect(part).toEqual({ status: 206, bytes: [...whole.subarray(10, 20)] });
  await page.goto(`${site.url}bench/index.html`);
  await page.waitForSelector('.plot-figure');
  await expectNoViolations(page, 'the charts of the benchmark');
  expect(said).toEqual([]);
});
