// Pages that are hidden, frozen, left and come back: an answer goes on, whatever the page's timers do.

import { basename } from 'node:path';
import process from 'node:process';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chromiumArgs } from '../../scripts/chromium-probe.ts';
import { tabsSite, type TabsSite } from '../tabs/site.ts';
import { sampleQuestion } from './demo-steps.ts';

// As a visitor's browser is: Playwright switches these off by itself.
const usual = [
  '--disable-back-forward-cache',
  '--disable-background-timer-throttling',
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
];

let site: TabsSite;
let browser: Browser;

beforeAll(async () => {
  const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
  const options = { executablePath, args: chromiumArgs(executablePath), ignoreDefaultArgs: usual };
  [site, browser] = await Promise.all([tabsSite(), chromium.launch(options)]);
});
afterAll(async () => {
  await browser?.close();
  site?.close();
});

async function open(share = false): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  await page.goto(site.url);
  await page.waitForFunction(() => 'molmo2' in globalThis);
  await page.evaluate(async (given) => {
    globalThis.molmo = await molmo2.Molmo2.load({ model: 'shapes', share: given });
  }, share);
  return page;
}

const { files, question, answer } = sampleQuestion({
  kind: 'video',
  file: '.mp4',
  says: 'tracks',
  places: 7,
});
const asked = [`/tests/fixtures/samples/${basename(files[0] ?? '')}`, question] as const;

interface Heard {
  readonly streamed: string;
  readonly text: string;
}

declare global {
  var hearing: Promise<Heard>;
}

/** Asks about the clip, and waits for the first words. */
async function begin(page: Page): Promise<void> {
  await page.evaluate(async ([address, prompt]) => {
    const video = await (await fetch(address)).blob();
    await new Promise<void>((told) => {
      const hear = async () => {
        let streamed = '';
        let text = '';
        for await (const event of molmo.ask({ video, prompt })) {
          if (event.type === 'text') streamed += event.text;
          if (event.type === 'text') told();
          if (event.type === 'done') text = event.answer.text;
        }
        return { streamed, text };
      };
      globalThis.hearing = hear();
    });
  }, asked);
}

const untilHeard = (page: Page): Promise<Heard> => page.evaluate(() => globalThis.hearing);

test('a worker whose timers never fire answers, also while its page is frozen', async () => {
  const worker = site.text('worker.js');
  const withoutTimers = `globalThis.setTimeout = globalThis.setInterval = () => 0;\n${worker}`;
  site.meddle = (path) => (path === '/worker.js' ? { body: withoutTimers } : null);
  const page = await open();
  site.meddle = () => null;
  await begin(page);
  const session = await page.context().newCDPSession(page);
  await session.send('Page.setWebLifecycleState', { state: 'frozen' });
  await new Promise((slept) => setTimeout(slept, 1000));
  await session.send('Page.setWebLifecycleState', { state: 'active' });
  expect(await untilHeard(page)).toEqual({ streamed: answer, text: answer });
  await page.context().close();
});

test.each([false, true])(
  'a page that is left in the middle of an answer goes on with it when it is shown again (share: %s)',
  async (share) => {
    const page = await open(share);
    await begin(page);
    await page.goto(site.url.replace('127.0.0.1', 'localhost'));
    await page.goBack({ waitUntil: 'commit' });
    // This browser keeps it; one that does not loads the page anew, and there is nothing to go on with.
    expect(await page.evaluate(() => 'molmo' in globalThis)).toBe(true);
    expect(await untilHeard(page)).toEqual({ streamed: answer, text: answer });
    await begin(page);
    expect((await untilHeard(page)).text).toBe(answer);
    await page.context().close();
  },
);
