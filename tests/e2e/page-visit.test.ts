// One visit on one page: it begins by itself, and works at every size; questions queue, and their answers stay at hand.

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectNoViolations } from './axe.ts';
import { builtSite, launchBrowser, openPage, type Site } from './demo-site.ts';
import {
  dots,
  expectDots,
  offeredSample,
  placesIn,
  rawAnswer,
  structureOf,
  turnsOf,
  untilReady,
} from './demo-steps.ts';
import offered from '../../demo/samples.json' with { type: 'json' };

let site: Site;
let browser: Browser;
let page: Page;
let errors: string[];

declare global {
  /** How far things moved by themselves, not because somebody pressed something. */
  var shifts: { value: number; what: string }[];
}

/** Moves of the page's parts since this was asked last. */
function newShifts(): Promise<{ value: number; what: string }[]> {
  return page.evaluate(() => globalThis.shifts.splice(0));
}

function expectStill(shifts: readonly { value: number; what: string }[]): void {
  expect(
    shifts.filter(({ value }) => value > 0.01),
    'moves of more than 0.01',
  ).toEqual([]);
  expect(shifts.reduce((sum, { value }) => sum + value, 0)).toBeLessThan(0.05);
}

beforeAll(async () => {
  [site, browser] = await Promise.all([builtSite(), launchBrowser()]);
  ({ page, errors } = await openPage(browser, 'about:blank', { viewport: { width: 390, height: 844 } }));
  await page.addInitScript(() => {
    globalThis.shifts = [];
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & {
        value: number;
        hadRecentInput: boolean;
        sources: { node?: Element }[];
      })[])
        if (!entry.hadRecentInput)
          globalThis.shifts.push({
            value: entry.value,
            what: entry.sources.map(({ node }) => node?.id || node?.nodeName).join(' '),
          });
    }).observe({ type: 'layout-shift', buffered: true });
  });
  await page.goto(`${site.url}index.html`);
});
afterAll(async () => {
  expect(errors).toEqual([]);
  await browser?.close();
  await site?.close();
});

interface Box {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
  readonly width: number;
  readonly height: number;
}

async function boxOf(selector: string): Promise<Box> {
  return page.locator(selector).evaluate((element) => {
    const { top, bottom, left, right, width, height } = element.getBoundingClientRect();
    return { top, bottom, left, right, width, height };
  });
}

test('the first sample of a visit answers itself, and nothing moves meanwhile', async () => {
  const [first] = offered;
  await page.waitForSelector('#turns [data-state="answered"]');
  expect(await rawAnswer(page)).toBe(first?.questions[0]?.answer);
  expectDots(await dots(page), placesIn(first?.questions[0]?.answer ?? '').get(1) ?? []);
  expectStill(await newShifts());
  await expectNoViolations(page, 'the first answer');
});

const sizes = [
  { name: 'a phone', width: 390, height: 844, beside: false },
  { name: 'a phone on its side', width: 844, height: 390, beside: true },
  { name: 'a small phone', width: 320, height: 640, beside: false },
  { name: 'a window of 1280 x 800 at 200%', width: 640, height: 400, beside: true },
  { name: 'a desktop', width: 1280, height: 800, beside: true },
];
const clip = offeredSample({ kind: 'video', says: 'tracks' });

/** Presses the sample and waits for the answer that it gives by itself. */
async function pressSample(): Promise<void> {
  const last = await page.locator('#turns li').last().getAttribute('data-turn');
  await page.click(clip.button);
  await page.waitForSelector(`#turns li:only-child[data-state="answered"]:not([data-turn="${last}"])`);
}

/** Asks one after the other, faster than anybody is answered; the states of all turns afterwards. */
async function askAtOnce(prompts: readonly string[]): Promise<string[]> {
  return page.evaluate((all) => {
    const field = document.querySelector<HTMLTextAreaElement>('#prompt');
    for (const prompt of all) {
      if (field) field.value = prompt;
      document.querySelector<HTMLFormElement>('#form')?.requestSubmit();
    }
    return [...document.querySelectorAll<HTMLElement>('#turns li')].map(
      (item) => item.dataset['state'] ?? '',
    );
  }, prompts);
}

test.each(sizes)('on $name a clip and its answer are seen together', async ({ width, height, beside }) => {
  await page.setViewportSize({ width, height });
  await page.evaluate(() => scrollTo(0, 0));
  await pressSample();
  expect(structureOf(await rawAnswer(page))).toBe(structureOf(clip.answer));
  const [video, stage, answer] = [await boxOf('video'), await boxOf('#stage'), await boxOf('#answer')];
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  // The box has the clip's own shape: no bars inside it.
  const shape = await page.evaluate(() => {
    const own = document.querySelector('video');
    return own ? own.videoWidth / own.videoHeight : 0;
  });
  expect(video.width / video.height).toBeCloseTo(shape, 1);
  expect(video.top).toBeGreaterThanOrEqual(0);
  expect(video.bottom).toBeLessThanOrEqual(height);
  expect(video.height).toBeGreaterThan(90);
  if (beside) expect(answer.left).toBeGreaterThanOrEqual(stage.right);
  else expect(answer.top).toBeGreaterThanOrEqual(stage.bottom);
  expect(answer.top).toBeGreaterThanOrEqual(0);
  expect(answer.top + 30).toBeLessThanOrEqual(height);
  // A place that is pressed is shown where it can be seen.
  await page.locator('#points button').last().click();
  const after = await boxOf('video');
  expect(after.top).toBeGreaterThanOrEqual(0);
  expect(after.bottom).toBeLessThanOrEqual(height);
  await newShifts();
});

test('questions that are asked while one is answered wait, and can be taken back', async () => {
  await page.setViewportSize({ width: 390, height: 844 });
  await pressSample();
  const states = await askAtOnce(['How many circles are there?', 'Taken back.', 'Describe this video.']);
  expect(states).toEqual(['answered', 'queued', 'queued', 'queued']);
  await page.evaluate(() =>
    document.querySelector<HTMLElement>('[aria-label="Take back: Taken back."]')?.click(),
  );
  await page.waitForFunction(() => document.querySelectorAll('#turns [data-state="answered"]').length === 3);
  expect((await turnsOf(page)).map(({ text, shown }) => [text, shown])).toEqual([
    [clip.question, false],
    ['How many circles are there?', false],
    ['Describe this video.', true],
  ]);
  expect(await page.textContent('#question')).toBe('Describe this video.');
  expectStill(await newShifts());
});

test('every turn can be shown again with its dots, and a very long question leaves room for its answer', async () => {
  expect(await dots(page)).toEqual([]);
  await page.click('#turns li:first-child .turn');
  expect(structureOf(await rawAnswer(page))).toBe(structureOf(clip.answer));
  await page.evaluate(() => {
    const video = document.querySelector('video');
    if (video) video.currentTime = 1;
  });
  await page.waitForFunction(() => document.querySelector('video')?.seeking === false);
  expectDots(await dots(page), placesIn(clip.answer).get(1) ?? []);
  // What is named in the answer leads to its place.
  await page.click('#answer .chip');
  await page.waitForFunction(() => document.querySelector('video')?.currentTime === 0);
  expect(await page.evaluate(() => document.querySelector('molmo-overlay')?.selected)).toContain('track 1');
  await page.click('#edit');
  expect(await page.inputValue('#prompt')).toBe(clip.question);
  await page.fill('#prompt', 'Where is it? '.repeat(385).trim());
  await page.click('#ask');
  await page.waitForSelector('#turns li:nth-child(4)[data-state="answered"]');
  expect((await boxOf('#question')).height).toBeLessThan(80);
  expect((await boxOf('#answer-card')).height).toBeLessThan(600);
  expect((await boxOf('#answer')).bottom).toBeLessThan(844 + 200);
  await expectNoViolations(page, 'a long question');
});

test('a reload shows the clip, the questions and the answers again, and goes on from there', async () => {
  await page.click('#turns li:first-child .turn');
  const before = await turnsOf(page);
  await page.reload();
  // A question that is asked before there is a model waits for it.
  await page.waitForSelector('video');
  expect((await askAtOnce(['Where is it?'])).at(-1)).toBe('queued');
  await expectNoViolations(page, 'a question that waits');
  await untilReady(page);
  await page.waitForSelector('#turns li:nth-child(5)[data-state="answered"]');
  expect((await turnsOf(page)).slice(0, 4).map(({ text, state }) => [text, state])).toEqual(
    before.map(({ text }) => [text, 'answered']),
  );
  await page.click('#turns li:first-child .turn');
  expect(structureOf(await rawAnswer(page))).toBe(structureOf(clip.answer));
  expect(await page.locator('#points li').count()).toBe(1);
  // Conversations with the built-in model go wrong too often, and the page says so.
  expect(await page.isDisabled('#keep')).toBe(true);
  expect(await page.locator('#keep-why').innerText()).toBe(
    'Off: in conversations the built-in model errs too often.',
  );
});

test.each(['light', 'dark'] as const)(
  'axe finds nothing in %s, with the model menu and errors',
  async (colorScheme) => {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.setInputFiles('#file', { name: 'IMG_1.heic', mimeType: '', buffer: Buffer.from('nothing') });
    await page.waitForSelector('#error:not([hidden])');
    expect(await page.textContent('#error')).toContain('JPEG');
    await expectNoViolations(page, `${colorScheme}, an error`);
    await page.click('#model-button');
    await expectNoViolations(page, `${colorScheme}, the model menu`);
    await page.keyboard.press('Escape');
  },
);
