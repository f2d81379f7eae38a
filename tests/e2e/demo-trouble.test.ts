// Whatever goes wrong, the page says so once, clearly, and goes on working.

import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectNoViolations } from './axe.ts';
import { launchWithoutWebGpu, openPage, type Site } from './demo-site.ts';
import recorded from '../../demo/recorded/recorded-answer.json' with { type: 'json' };
import {
  ask,
  chooseFiles,
  dots,
  expectDots,
  expectWorking,
  good,
  offeredSample,
  type OnePage,
  openOnePage,
  rawAnswer,
  sampleQuestion,
  untilReady,
} from './demo-steps.ts';

let opened: OnePage;
let site: Site;
let browser: Browser;
/** Of the tests that leave it as they found it. */
let page: Page;

beforeAll(async () => {
  opened = await openOnePage();
  ({ site, browser, page } = opened);
});
afterAll(() => opened?.close());

const clip = readFileSync(sampleQuestion({ kind: 'video', file: '.mp4' }).files[0] ?? '');
const badFiles = [
  { what: 'zero bytes', name: 'empty.png', mimeType: 'image/png', buffer: Buffer.alloc(0) },
  {
    what: 'a text named .png',
    name: 'notes.png',
    mimeType: 'image/png',
    buffer: Buffer.from('not a picture'),
  },
  { what: 'a text file', name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('not a picture') },
  { what: 'an empty video', name: 'empty.mp4', mimeType: 'video/mp4', buffer: Buffer.alloc(0) },
  { what: 'a truncated video', name: 'cut.mp4', mimeType: 'video/mp4', buffer: clip.subarray(0, 3000) },
];
test.each(badFiles)(
  '$what gives one error, nothing of it stays, and the next question works',
  async ({ name, mimeType, buffer }) => {
    await chooseFiles(page, good.files);
    await chooseFiles(page, { name, mimeType, buffer });
    // A file that is no medium at all is refused at once; the others when they are looked at.
    if (mimeType === 'text/plain') {
      await page.waitForSelector('#error[data-code="media-unreadable"]', { state: 'visible' });
      expect(await page.getAttribute('#stage', 'data-kind')).toBe('none');
      await ask(page, good.question);
      expect(await page.textContent('#error h2')).toBe('There is nothing to look at yet');
    } else {
      await ask(page, good.question);
      await page.waitForSelector('#error[data-code="media-unreadable"]', { state: 'visible' });
    }
    expect(await page.locator('#error h2').count()).toBe(1);
    expect(await page.textContent('#error')).not.toContain('undefined');
    // The picture before was not asked about.
    expect(await page.locator('#turns [data-state="answered"]').count()).toBe(0);
    await expectWorking(page);
  },
);

test('an empty question leads back to its field, without an error', async () => {
  await chooseFiles(page, good.files);
  await ask(page, '');
  expect(await page.isHidden('#error')).toBe(true);
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('prompt');
  expect(await page.evaluate(() => document.querySelector('textarea')?.validationMessage)).toContain(
    'question',
  );
  await expectWorking(page);
});

test('a number that cannot be, in the closed options, is shown', async () => {
  await chooseFiles(page, good.files);
  await page.evaluate(() => {
    const input = document.querySelector<HTMLInputElement>('#max-frames');
    if (input) input.value = '1';
  });
  await page.fill('#prompt', good.question);
  await page.click('#ask');
  await page.waitForFunction(() => document.activeElement?.id === 'max-frames');
  expect(await page.isVisible('#max-frames')).toBe(true);
  await page.fill('#max-frames', '');
  expect(await ask(page, good.question)).toBe(good.answer);
});

const waysToCancel = ['the button', 'Escape'] as const;
test.each(waysToCancel)(
  'cancelling with %s in the middle of a track stops it, says so, and leaves the page usable',
  async (how) => {
    const long = sampleQuestion({ kind: 'video', says: 'tracks', places: 7 });
    await chooseFiles(page, long.files);
    await page.fill('#prompt', long.question);
    // In the page itself: a test is too slow for the moment between the first mark and the last.
    await page.evaluate((button) => {
      const cancel = (): void => {
        if (button) document.querySelector<HTMLElement>('#cancel')?.click();
        else document.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape' }));
      };
      const observer = new MutationObserver(() => {
        if (!document.querySelector('#answer .chip')) return;
        observer.disconnect();
        cancel();
      });
      observer.observe(document.body, { childList: true, subtree: true });
    }, how === 'the button');
    await page.click('#ask');
    await page.waitForSelector('#turns [data-state="cancelled"]');
    await untilReady(page);
    expect(await page.textContent('#status')).toBe('Cancelled');
    expect(await page.textContent('#answer')).toContain('cancelled');
    expect(await page.textContent('#answer')).not.toContain('marking');
    expect(await page.isHidden('#error')).toBe(true);
    expect(await rawAnswer(page)).not.toBe(long.answer);
    await expectWorking(page);
  },
);

test('the page works under a policy that allows its own files only', async () => {
  // A worker that keeps the site would go on asking for files when the test has ended.
  const context = await browser.newContext({ reducedMotion: 'reduce', serviceWorkers: 'block' });
  const page = await context.newPage();
  const policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; worker-src 'self'; connect-src 'self'; " +
    "img-src 'self' blob: data:; media-src blob:";
  await context.route('**/*', async (route) => {
    const response = await route.fetch();
    await route.fulfill({
      response,
      headers: { ...response.headers(), 'content-security-policy': policy },
    });
  });
  const complaints: string[] = [];
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  await page.goto(`${site.url}?sample=none`);
  await untilReady(page);
  for (const question of [good, sampleQuestion({ kind: 'video', says: 'none' })]) {
    await chooseFiles(page, question.files);
    expect(await ask(page, question.question)).toBe(question.answer);
  }
  expect(await page.evaluate(() => getComputedStyle(document.querySelector('molmo-overlay')!).position)).toBe(
    'relative',
  );
  expect(complaints).toEqual([]);
  await context.close();
});

async function tabTo(page: Page, selector: string): Promise<void> {
  for (let i = 0; i < 60; i++) {
    if (await page.evaluate((s) => document.activeElement?.matches(s) ?? false, selector)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`60 presses of Tab do not reach ${selector}.`);
}

test('a sample is asked and read, and another question after it, with the keyboard alone', async () => {
  const { button, question, answer } = offeredSample({ kind: 'image' });
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  await tabTo(page, button);
  const outline = await page.evaluate(
    () => getComputedStyle(document.activeElement ?? document.body).outlineStyle,
  );
  expect(outline).toBe('solid');
  await page.keyboard.press('Enter');
  await page.waitForSelector(`#turns [data-state="answered"] [title="${question}"]`);
  expect(await rawAnswer(page)).toBe(answer);
  await tabTo(page, '#prompt');
  expect(await page.inputValue('#prompt')).toBe(question);
  await page.keyboard.press('Enter');
  await page.waitForSelector('#turns li:nth-child(2)[data-state="answered"]');
  expect(await rawAnswer(page)).toBe(answer);
  expect(await page.getAttribute('#answer', 'aria-busy')).toBe('false');
});

/** The recorded answer stands in the empty stage: still, labelled, its dot where its track is at that time. */
async function expectRecorded(page: Page): Promise<void> {
  expect(await page.textContent('.recorded figcaption')).toContain('Recorded answer');
  await page.waitForFunction(() => {
    const video = document.querySelector('video');
    return video !== null && video.currentTime > 0 && !video.seeking && video.paused;
  });
  const timeSec = await page.evaluate(() => document.querySelector('video')?.currentTime ?? 0);
  const points = recorded.tracks[0]?.points ?? [];
  const after = points.findIndex((point) => point.timeSec >= timeSec);
  const [from, to] = [points[after - 1], points[after]];
  if (!from || !to) throw new Error(`the recorded track has no place at ${timeSec} s`);
  const share = (timeSec - from.timeSec) / (to.timeSec - from.timeSec);
  const [, width = 0, height = 0] = (/-(\d+)x(\d+)\./.exec(recorded.file) ?? []).map(Number);
  expectDots(await dots(page), [
    { x: (from.x + share * (to.x - from.x)) / width, y: (from.y + share * (to.y - from.y)) / height },
  ]);
  expect(await page.textContent('.recorded button')).toBe('Play');
}

// Browsers hide WebGPU from pages that do not come over https or from the machine itself.
test('with no secure context the page says what to do, and has a report', async () => {
  const bare = await launchWithoutWebGpu();
  try {
    const url = `${site.url.replace('127.0.0.1', 'insecure.test')}index.html`;
    const { page, errors } = await openPage(bare, url);
    await page.waitForSelector('body[data-state="error"]');
    await expectRecorded(page);
    await expectNoViolations(page, 'a recorded answer');
    expect(await page.getAttribute('#error', 'data-code')).toBe('no-webgpu');
    const text = await page.textContent('#error');
    for (const words of ['https', 'localhost']) expect(text).toContain(words);
    expect(await page.isVisible('#retry')).toBe(true);
    await expectReport(page, 'insecure-context');
    // Something real takes its place.
    await chooseFiles(page, good.files);
    await page.waitForSelector('.stage molmo-overlay img');
    expect(await page.locator('.recorded').count()).toBe(0);
    expect(errors).toEqual([]);
  } finally {
    await bare.close();
  }
});

test('with no adapter the page answers all the same, and says what would be faster in this browser', async () => {
  const bare = await launchWithoutWebGpu();
  try {
    const { page, errors } = await openPage(bare, site.url);
    await untilReady(page);
    await chooseFiles(page, good.files);
    expect(await ask(page, good.question)).toBe(good.answer);
    expect(await page.textContent('#device')).toMatch(/onnxruntime-web .* without WebGPU/);
    const text = await page.textContent('#notices');
    for (const words of ['chrome://gpu', 'hardware acceleration', 'Chrome', 'Safari', 'Firefox'])
      expect(text).toContain(words);
    await expectReport(page, 'no-adapter');
    await expectNoViolations(page, 'an answer without WebGPU and its report');
    expect(errors).toEqual([]);
  } finally {
    await bare.close();
  }
});

async function expectReport(page: Page, reason: string): Promise<void> {
  await page.click('#report-box summary');
  await page.waitForSelector('#report:not(:empty)');
  const report = await page.textContent('#report');
  expect(report).toContain(`WebGPU: no (${reason})`);
  expect(report).toMatch(/^platform: chrome \d+ on \w+, in a page/m);
}
