// A worker that cannot start or that ends gives one error that names the cause, and a page can do without one.

import { basename } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { tabsSite, type Reply, type TabsSite } from '../tabs/site.ts';
import { launchBrowser, openPage } from './demo-site.ts';
import { sampleQuestion } from './demo-steps.ts';

let site: TabsSite;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  [site, browser] = await Promise.all([tabsSite(), launchBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  site?.close();
});

async function open(meddle: TabsSite['meddle'] = () => null): Promise<void> {
  site.meddle = meddle;
  ({ page } = await openPage(browser, site.url));
  await page.waitForFunction(() => 'molmo2' in globalThis);
}

afterEach(() => page.context().close());

const asked = sampleQuestion({ kind: 'image', says: 'points' });
const picture = { name: `/tests/fixtures/samples/${basename(asked.files[0] ?? '')}`, prompt: asked.question };

/** Loads the model and says what came of it. */
const load = (options: { thread?: 'worker' | 'page' } = {}): Promise<string> =>
  page.evaluate(async (given) => {
    try {
      globalThis.molmo = await molmo2.Molmo2.load({ model: 'shapes', ...given });
      return 'loaded';
    } catch (error) {
      return error instanceof molmo2.Molmo2Error ? `${error.code}: ${error.message}` : String(error);
    }
  }, options);

const answer = (): Promise<string> =>
  page.evaluate(async ({ name, prompt }) => {
    const image = await (await fetch(name)).blob();
    let text = '';
    for await (const event of molmo.ask({ image, prompt })) if (event.type === 'text') text += event.text;
    return text;
  }, picture);

const aboutWorker = (reply: Reply) => (path: string) => (path === '/worker.js' ? reply : null);

test.each([
  { what: 'no file', reply: { status: 404, body: '' }, cause: /not found at http.*worker\.js \(HTTP 404/ },
  {
    what: 'a page in place of the file',
    reply: { headers: { 'content-type': 'text/html; charset=utf-8' }, body: '<!doctype html><p>Home' },
    cause: /in place of its file there is "text\/html; charset=utf-8" at http.*worker\.js/,
  },
  {
    what: 'a file with a mistake',
    reply: { body: 'let x = ;' },
    cause: /what is at http.*worker\.js cannot be run: it is damaged/,
  },
])('$what: the cause is named, and the way without a worker', async ({ reply, cause }) => {
  await open(aboutWorker(reply));
  const told = await load();
  expect(told).toMatch(/^worker-blocked: The worker of molmo2-webgpu did not start: .*thread: 'page'/);
  expect(told).toMatch(cause);
});

test('a policy that forbids workers is named, and the page answers on its own thread', async () => {
  const policy = "script-src 'self'; worker-src 'none'";
  await open((path) => (path === '/' ? { headers: { 'content-security-policy': policy } } : null));
  expect(await load()).toMatch(
    /^worker-blocked: .*content security policy does not allow it \(worker-src forbids .*worker\.js; .*thread: 'page'/,
  );
  expect(await load({ thread: 'page' })).toBe('loaded');
  expect(await answer()).toBe(asked.answer);
  expect(page.workers()).toEqual([]);
  const isOurs = await page.evaluate(async () => {
    const asked = molmo.ask({ prompt: ' ' }).next();
    return asked.catch((error: unknown) => error instanceof molmo2.Molmo2Error && error.code);
  });
  expect(isOurs).toBe('bad-request');
  await page.evaluate(() => molmo.dispose());
  await expect(answer()).rejects.toThrow('The model was disposed');
});

test('a worker that ends in the middle of an answer: one error for each call, and load works again', async () => {
  await open();
  expect(await load()).toBe('loaded');
  await page.evaluate(({ name, prompt }) => {
    const answer = async () => {
      const image = await (await fetch(name)).blob();
      for await (const event of molmo.ask({ image, prompt }))
        if (event.type === 'media') Object.assign(globalThis, { isAnswering: true });
    };
    const failed = (error: unknown) => (error as { code: string }).code;
    Object.assign(globalThis, { calls: Promise.all([answer().catch(failed), answer().catch(failed)]) });
  }, picture);
  await page.waitForFunction(() => 'isAnswering' in globalThis);
  // The worker may be gone before it has said that it did as told.
  await page
    .workers()[0]
    ?.evaluate('self.close()')
    .catch(() => {});
  const calls = await page.evaluate(() => (globalThis as never as { calls: Promise<unknown> }).calls);
  expect(calls).toEqual(['worker-failed', 'worker-failed']);
  await expect(answer()).rejects.toThrow(/worker of molmo2-webgpu ended while the model was in use.*again/);
  expect(await load()).toBe('loaded');
  expect(await answer()).toBe(asked.answer);
});

test('a thread that there is not is refused', async () => {
  await open();
  expect(await load({ thread: 'main' as 'page' })).toBe(
    'RangeError: options.thread must be "worker" or "page", got "main".',
  );
});
