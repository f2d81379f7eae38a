// The page as `npm start` serves it, from the first visit to the first answer.

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Browser } from 'playwright-core';
import { devSite, launchBrowser, openPage, type Site } from './demo-site.ts';
import { rawAnswer, sampleQuestion, structureOf, untilReady } from './demo-steps.ts';

let site: Site;
let browser: Browser;

beforeAll(async () => {
  [site, browser] = await Promise.all([devSite(), launchBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await site?.close();
});

test('the first visit answers a sample within 30 seconds and asks no other machine for anything', async () => {
  const startedMs = performance.now();
  const { page, errors } = await openPage(browser, site.url);
  const elsewhere: string[] = [];
  page.on('request', (request) => {
    if (!/^(https?:\/\/(localhost|127\.0\.0\.1|\[::1\])[:/]|blob:|data:)/.test(request.url()))
      elsewhere.push(request.url());
  });
  await untilReady(page);
  const { answer } = sampleQuestion('image-5-640x480', 'Point to the purple circles.');
  await page.click('[data-sample="image-5-640x480"]');
  await page.waitForSelector('molmo-overlay img');
  await page.click('#ask');
  await page.waitForSelector('#timings:not(:empty)');
  const elapsedSec = (performance.now() - startedMs) / 1000;
  expect(await rawAnswer(page)).toBe(answer);
  expect(elapsedSec).toBeLessThan(30);
  expect(await page.textContent('#device')).toContain('weights');
  expect(elsewhere).toEqual([]);
  expect(errors).toEqual([]);
});

test('the first video of the visit is answered without a reload', async () => {
  const { page, errors } = await openPage(browser, site.url);
  await untilReady(page);
  const { answer } = sampleQuestion('clip-4-640x360', 'Track the triangles.');
  await page.click('[data-sample="clip-4-640x360"]');
  await page.waitForSelector('molmo-overlay video');
  await page.click('#ask');
  await untilReady(page);
  expect(await page.textContent('#status')).toBe('Answered');
  expect(structureOf(await rawAnswer(page))).toBe(structureOf(answer));
  expect(errors).toEqual([]);
});

test('a narrow screen needs no scrolling to the side', async () => {
  const { page } = await openPage(browser, site.url, { viewport: { width: 360, height: 740 } });
  await untilReady(page);
  await page.click('[data-sample="multi-2"]');
  await page.waitForSelector('molmo-overlay img');
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
});
