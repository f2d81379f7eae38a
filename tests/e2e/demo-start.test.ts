// The page as `npm start` serves it, from the first visit to the first answer.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Browser } from 'playwright-core';
import { devSite, launchBrowser, openPage, type Site } from './demo-site.ts';
import { offeredSample, rawAnswer, structureOf, untilReady } from './demo-steps.ts';

/** Addresses on other origins than the site's; what a page makes itself has none. */
const elsewhereFrom = (home: string, urls: readonly string[]) =>
  urls.filter((url) => /^https?:/.test(url) && new URL(url).origin !== new URL(home).origin);

/** A server that any page may ask, which sends on where it is told to and keeps the tokens that came with requests for files. */
async function recordingServer() {
  const tokens: (string | null)[] = [];
  const state = { redirectTo: null as string | null, tokens, origin: '', close: async () => {} };
  const anyone = {
    'access-control-allow-origin': '*',
    'access-control-allow-headers': 'authorization, range',
  };
  const server = createServer(({ method, headers }, response) => {
    if (method === 'OPTIONS') return void response.writeHead(204, anyone).end();
    tokens.push(headers.authorization ?? null);
    if (state.redirectTo === null) response.writeHead(404, anyone).end();
    else response.writeHead(302, { ...anyone, location: state.redirectTo }).end();
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  state.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  state.close = () => new Promise((closed) => server.close(() => closed()));
  return state;
}

let site: Site;
let browser: Browser;

beforeAll(async () => {
  [site, browser] = await Promise.all([devSite(), launchBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await site?.close();
});

test('the first visit answers a sample by itself within 30 seconds and asks no other machine for anything', async () => {
  const startedMs = performance.now();
  const { page, errors } = await openPage(browser, 'about:blank');
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  await page.goto(site.url);
  // Nothing is pressed: the first sample answers itself.
  const { answer } = offeredSample({ kind: 'image' });
  await page.waitForSelector('#timings:not(:empty)');
  const elapsedSec = (performance.now() - startedMs) / 1000;
  expect(await rawAnswer(page)).toBe(answer);
  expect(elapsedSec).toBeLessThan(30);
  expect(await page.textContent('#device')).toContain('weights');
  expect(elsewhereFrom(site.url, asked)).toEqual([]);
  // Those of the worker are among them, or the list would say little.
  expect(asked.filter((url) => url.endsWith('model.safetensors'))).not.toEqual([]);
  expect(errors).toEqual([]);
});

test('the package asks for its own files and for what it is told to, and a token stays at its hub', async () => {
  const [hub, store] = [await recordingServer(), await recordingServer()];
  hub.redirectTo = `${store.origin}/x`;
  const offered = offeredSample({ kind: 'image' });
  const { page } = await openPage(browser, new URL(`samples/${offered.file}`, site.url).href);
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  // As text: an import inside a function would be taken for one of this test.
  const { answer, failure } = await page.evaluate<{ answer: string; failure: string }>(`(async () => {
    const { Molmo2 } = await import('/@fs${resolve('src/index.ts')}');
    const molmo = await Molmo2.load({ model: 'shapes' });
    const image = await (await fetch(location.href)).blob();
    let answer = '';
    for await (const event of molmo.chat().ask({ images: [image], prompt: ${JSON.stringify(offered.question)} }))
      if (event.type === 'text') answer += event.text;
    await molmo.dispose();
    const hub = { endpoint: '${hub.origin}', token: 'secret-token' };
    const failure = await Molmo2.load({ model: 'hf:owner/name', hub }).then(() => '', (cause) => cause.message);
    return { answer, failure };
  })()`);
  expect(answer).toBe(offered.answer);
  expect(failure).not.toContain('secret-token');
  const away = elsewhereFrom(site.url, asked).map((url) => new URL(url).origin);
  expect([...new Set(away)].toSorted()).toEqual([hub.origin, store.origin].toSorted());
  expect(hub.tokens).toContain('Bearer secret-token');
  expect(store.tokens.length).toBeGreaterThan(0);
  expect(new Set(store.tokens)).toEqual(new Set([null]));
  await Promise.all([hub.close(), store.close()]);
  await page.context().close();
});

test('the first video of the visit is answered without a reload', async () => {
  const { page, errors } = await openPage(browser, site.url);
  await untilReady(page);
  const { button, answer } = offeredSample({ kind: 'video' });
  await page.click(button);
  await page.waitForSelector('#turns [data-state="answered"]');
  expect(await page.textContent('#status')).toBe('Answered');
  expect(structureOf(await rawAnswer(page))).toBe(structureOf(answer));
  expect(errors).toEqual([]);
});
