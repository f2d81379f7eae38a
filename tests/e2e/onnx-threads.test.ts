// Answers without WebGPU on several threads, which a page may have that is isolated from other origins, and on one elsewhere.

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tabsSite, type TabsSite } from '../tabs/site.ts';
import { launchBrowser } from './demo-site.ts';
import { offeredSample } from './demo-steps.ts';
import type { Told } from './threads-page.ts';

let site: TabsSite;
let browser: Browser;

beforeAll(async () => {
  [site, browser] = await Promise.all([tabsSite('tests/e2e/threads-page.ts'), launchBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  site?.close();
});

const { file, question, answer } = offeredSample({ kind: 'image' });

/** Asks on a new page whose files come with `headers`; also how many workers it had. */
async function told(
  headers: Record<string, string>,
  { proxy = false } = {},
): Promise<Told & { workers: number }> {
  site.meddle = () => ({ headers });
  const context = await browser.newContext();
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', ({ message }) => errors.push(message));
  let workers = 0;
  page.on('worker', () => workers++);
  await page.goto(site.url);
  await page.waitForFunction(() => 'answerWithThreads' in globalThis);
  const asked = { image: `tests/fixtures/samples/${file}`, prompt: question, threads: 2, proxy };
  const got = await page.evaluate((one) => answerWithThreads(one), asked);
  await context.close();
  expect(errors).toEqual([]);
  return { ...got, workers };
}

test('a page that is isolated from other origins answers on two threads', async () => {
  const got = await told({
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-embedder-policy': 'require-corp',
  });
  expect(got).toMatchObject({ text: answer, isIsolated: true });
  expect(got.description).toMatch(/^onnxruntime-web \S+ wasm, 2 threads$/);
  expect(got.workers).toBeGreaterThan(0);
});

test('any other page answers the same on one', async () => {
  const got = await told({});
  expect(got).toMatchObject({ text: answer, isIsolated: false, workers: 0 });
  expect(got.description).toMatch(/^onnxruntime-web \S+ wasm, 1 thread$/);
});

test('and in a worker of the package, which leaves the page its own thread', async () => {
  const got = await told({}, { proxy: true });
  expect(got).toMatchObject({ text: answer, workers: 1 });
});
