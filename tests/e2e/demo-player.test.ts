// A visitor works with the player and the time line: before the first question, in full screen, and to ask about a part.

import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectNoViolations } from './axe.ts';
import { ask, chooseFiles, type OnePage, openOnePage, sampleQuestion, seek } from './demo-steps.ts';

let opened: OnePage;
let page: Page;

beforeAll(async () => {
  opened = await openOnePage();
  ({ page } = opened);
});
afterAll(() => opened?.close());

const clip = sampleQuestion({ kind: 'video', says: 'tracks' });
const isPaused = () => page.evaluate(() => document.querySelector('video')?.paused);
/** Times of the frames that the shown answer was given for. */
const lookedAt = () => page.evaluate(() => document.querySelector('molmo-overlay')?.media?.timestamps ?? []);

test('the sampling is told before a question is asked, and follows its options', async () => {
  await chooseFiles(page, clip.files);
  await page.waitForFunction(() =>
    document.querySelector('#sampling')?.textContent?.includes('7 frames, one each 0.5 s.'),
  );
  expect(await page.isVisible('molmo-timeline [part=slider]')).toBe(true);
  expect(await page.isVisible('#sampling-more')).toBe(false);
  await page.evaluate(() => document.querySelector('#options')?.setAttribute('open', ''));
  await page.fill('#max-frames', '2');
  await page.press('#max-frames', 'Tab');
  await page.waitForFunction(() =>
    document.querySelector('#sampling')?.textContent?.includes('2 frames, one each 3 s: raise'),
  );
  await page.click('#sampling-more');
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('max-frames');
  await page.fill('#max-frames', '');
  await page.press('#max-frames', 'Tab');
  await page.waitForFunction(() => document.querySelector('#sampling')?.textContent?.includes('7 frames'));
});

test('a part of the time line is what the question looks at', async () => {
  const slider = page.locator('molmo-timeline [part=slider]');
  await seek(page, 1);
  await slider.press('i');
  await seek(page, 2);
  await slider.press('o');
  await page.waitForFunction(() =>
    document.querySelector('#sampling')?.textContent?.includes('of the chosen part'),
  );
  await ask(page, clip.question);
  const times = await lookedAt();
  expect(times.length).toBeGreaterThan(1);
  expect(Math.min(...times)).toBeGreaterThanOrEqual(1);
  expect(Math.max(...times)).toBeLessThanOrEqual(2);
  await slider.press('x');
  await ask(page, clip.question);
  expect(await lookedAt()).toHaveLength(7);
});

test('the controls play, step by frames, and change speed and sound', async () => {
  await seek(page, 1);
  await page.click('button[aria-label="Next frame"]');
  const timeSec = () => page.evaluate(() => document.querySelector('molmo-timeline')?.timeSec ?? -1);
  await page.waitForFunction(() => (document.querySelector('molmo-timeline')?.timeSec ?? 0) > 1.02);
  expect((await timeSec()) * 30).toBeCloseTo(31, 1);
  await page.selectOption('select[aria-label=Speed]', '0.5');
  await page.click('button[aria-label="Sound on"]');
  expect(
    await page.evaluate(() => {
      const video = document.querySelector('video');
      return [video?.playbackRate, video?.muted];
    }),
  ).toEqual([0.5, false]);
  await page.click('button[aria-label="Sound off"]');
  await page.click('button[aria-label=Play]');
  await page.waitForSelector('button[aria-label=Pause]');
  expect(await isPaused()).toBe(false);
  await page.locator('molmo-timeline [part=slider]').press(' ');
  await page.waitForSelector('button[aria-label=Play]');
  expect(await isPaused()).toBe(true);
});

test('full screen has the time line, and the keys are listed there', async () => {
  await page.click('#fullscreen');
  await page.waitForFunction(() =>
    document.fullscreenElement?.contains(document.querySelector('molmo-timeline')),
  );
  expect(await page.isVisible('molmo-timeline [part=slider]')).toBe(true);
  expect(await page.isVisible('.shelf')).toBe(false);
  await page.keyboard.press('?');
  expect(await page.isVisible('dialog.keys')).toBe(true);
  await expectNoViolations(page, 'full screen with its keys');
  await page.click('dialog.keys button');
  await page.keyboard.press('f');
  await page.waitForFunction(() => document.fullscreenElement === null);
});

test('a lane hides its object on the stage and gives it another name', async () => {
  const overlay = () =>
    page.evaluate(() => document.querySelector('molmo-overlay')?.objects.map((o) => [o.label, o.visible]));
  const [first] = (await overlay()) ?? [];
  await page.locator('molmo-timeline [part=names] button').first().click();
  await page.waitForFunction(() => document.querySelector('molmo-overlay')?.objects[0]?.visible === false);
  const field = page.locator('molmo-timeline [part=names] input').first();
  await field.fill('my shape');
  await field.press('Enter');
  await page.waitForFunction(() => document.querySelector('molmo-overlay')?.objects[0]?.label === 'my shape');
  expect(first?.[1]).toBe(true);
});
