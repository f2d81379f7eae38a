// A visitor chooses a file, asks, and finds the right text and the dots at the right places and times.

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { builtSite, launchBrowser, openPage, type Site } from './demo-site.ts';
import {
  ask,
  chooseFiles,
  dots,
  expectDots,
  placesIn,
  rawAnswer,
  sampleQuestion,
  seek,
  structureOf,
  untilReady,
} from './demo-steps.ts';

let site: Site;
let browser: Browser;

beforeAll(async () => {
  [site, browser] = await Promise.all([builtSite(), launchBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await site?.close();
});

const pictures = [
  { name: 'image-5-640x480', question: 'Point to the purple circles.' },
  { name: 'image-2-168x168', question: 'Show me the cross.' }, // two dots
  { name: 'image-8-500x640', question: 'Find the green circles.' }, // taller than wide
];
test.each(pictures)(
  'a question about $name gets the reference text and its dots',
  async ({ name, question }) => {
    const { page, errors } = await openPage(browser, site.url);
    await untilReady(page);
    const sample = sampleQuestion(name, question);
    await chooseFiles(page, sample.files);
    expect(await ask(page, sample.question)).toBe(sample.answer);
    expectDots(await dots(page), placesIn(sample.answer).get(1) ?? []);
    expect(await page.textContent('#answer')).not.toMatch(/[<>]|coords/);
    expect(errors).toEqual([]);
    await page.context().close();
  },
);

test('a question about two pictures puts each dot on its own picture', async () => {
  const { page } = await openPage(browser, site.url);
  await untilReady(page);
  const sample = sampleQuestion('multi-2', 'Point at every orange object.');
  await chooseFiles(page, sample.files);
  expect(await ask(page, sample.question)).toBe(sample.answer);
  const places = placesIn(sample.answer);
  for (const number of [1, 2]) expectDots(await dots(page, number), places.get(number) ?? []);
  await page.context().close();
});

const clips = [
  { name: 'clip-1-320x240', question: 'Follow the yellow star through the video.', times: [0, 1, 2.5] },
  { name: 'clip-3-480x270', question: 'Track the purple cross.', times: [0.5, 3] }, // WebM
];
test.each(clips)(
  'a track through $name is drawn at its place and time',
  async ({ name, question, times }) => {
    const { page, errors } = await openPage(browser, site.url, { deviceScaleFactor: 2 });
    await untilReady(page);
    const sample = sampleQuestion(name, question);
    await chooseFiles(page, sample.files);
    expect(structureOf(await ask(page, sample.question))).toBe(structureOf(sample.answer));
    const places = placesIn(sample.answer);
    for (const timeSec of times) {
      await seek(page, timeSec);
      expectDots(await dots(page), places.get(timeSec) ?? []);
    }
    expect(errors).toEqual([]);
    await page.context().close();
  },
);

test('a counted point of a video is drawn from its time to the next sampled time', async () => {
  const { page } = await openPage(browser, site.url);
  await untilReady(page);
  const sample = sampleQuestion('clip-4-640x360', 'How many yellow triangles appear in the video?');
  await chooseFiles(page, sample.files);
  expect(structureOf(await ask(page, sample.question))).toBe(structureOf(sample.answer));
  await seek(page, 0.3);
  expectDots(await dots(page), placesIn(sample.answer).get(0) ?? []);
  await seek(page, 0.7);
  expect(await dots(page)).toEqual([]);
  await page.context().close();
});

test('the arrow keys on the time line step through the marks of a track', async () => {
  const { page } = await openPage(browser, site.url);
  await untilReady(page);
  await page.click('[data-sample="clip-4-640x360"]');
  await page.waitForSelector('molmo-overlay video');
  await ask(page, 'Track the triangles.');
  expect(await page.locator('#timeline [data-time]').count()).toBe(7);
  await seek(page, 0);
  await page.focus('#timeline');
  for (const timeSec of [0.5, 1]) {
    await page.keyboard.press('ArrowRight');
    await page.waitForFunction((t) => document.querySelector('video')?.currentTime === t, timeSec);
  }
  await page.waitForFunction(() =>
    document.querySelector('#timeline')?.ariaValueText?.includes('triangle 1'),
  );
  await page.context().close();
});

test('a preset and a label make the question, and Enter asks it', async () => {
  const { page } = await openPage(browser, site.url);
  await untilReady(page);
  await page.click('[data-sample="image-5-640x480"]');
  await page.waitForSelector('molmo-overlay img');
  await page.click('[data-preset="point"]');
  await page.fill('#label', 'purple circles');
  expect(await page.inputValue('#prompt')).toBe('Point to the purple circles.');
  await page.press('#label', 'Enter');
  await page.waitForSelector('#timings:not(:empty)');
  const { answer } = sampleQuestion('image-5-640x480', 'Point to the purple circles.');
  expect(await rawAnswer(page)).toBe(answer);
  await page.context().close();
});

test('a follow-up continues the conversation when the visitor keeps it', async () => {
  const { page } = await openPage(browser, site.url);
  await untilReady(page);
  await chooseFiles(page, sampleQuestion('image-5-640x480', 'Is there a white cross?').files);
  await page.check('#keep');
  expect(await ask(page, 'Is there a white cross?')).toBe('Yes');
  const first = await page.textContent('#timings');
  expect(await ask(page, 'Point to the purple circles.')).not.toBe('');
  expect(await page.locator('#history li').count()).toBe(1);
  expect(await page.textContent('#history')).toContain('Is there a white cross?');
  expect(await page.textContent('#timings')).not.toBe(first);
  await page.uncheck('#keep');
  expect(await ask(page, 'Is there a white cross?')).toBe('Yes');
  expect(await page.locator('#history li').count()).toBe(0);
  await page.context().close();
});
