// A visitor takes an answer apart and puts it together again: tracks are split, merged, followed and deleted, dots added and taken away,
// and the model is asked about a place that was clicked.

import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { expectNoViolations } from './axe.ts';
import {
  ask,
  chooseFiles,
  dots,
  expectDots,
  type OnePage,
  openOnePage,
  placesIn,
  rawAnswer,
  sampleQuestion,
  seek,
  turnsOf,
  untilReady,
} from './demo-steps.ts';

let opened: OnePage;
let page: Page;
let answer: string;

const sample = sampleQuestion({ kind: 'video', file: '.mp4', says: 'tracks' });
const placeAt = (timeSec: number) => placesIn(answer).get(timeSec)![0]!;

beforeAll(async () => {
  opened = await openOnePage();
  ({ page } = opened);
});
afterAll(() => opened?.close());

/** Each test begins with a new answer, at a moment that the model saw. */
beforeEach(async () => {
  await chooseFiles(page, sample.files);
  answer = await ask(page, sample.question);
  await correcting(false);
  await seek(page, 1);
});

async function correcting(wanted: boolean): Promise<void> {
  const button = page.locator('.edit-tools button:has-text("Correct")');
  if ((await button.getAttribute('aria-pressed')) !== String(wanted)) await button.click();
}

/** How many marks each object has, on the picture and in the lanes of the time line. */
const objects = async () => {
  const counts = await page.evaluate(() =>
    document.querySelector('molmo-overlay')?.objects.map(({ points }) => points.length),
  );
  const lanes = await page.locator('molmo-timeline [part=names] li').count();
  expect(lanes).toBe(counts?.length);
  return counts;
};

const lastIsAnswered = () =>
  page.waitForSelector('body[data-state="ready"] #turns li:last-child[data-state="answered"]');

const press = (words: string, nth = 0) =>
  page.locator(`.object-row button:has-text("${words}")`).nth(nth).click();
const undo = () => page.click('.edit-tools button:has-text("Undo")');

/** Where a share of the picture is on the page. */
async function pointOf({ x, y }: { x: number; y: number }): Promise<[number, number]> {
  const box = (await page.locator('molmo-overlay video').boundingBox())!;
  return [box.x + x * box.width, box.y + y * box.height];
}

test('a track is split at the moment that is shown, merged again, deleted, and every step undone', async () => {
  await correcting(true);
  await expect.poll(objects).toEqual([7]);
  await seek(page, 1.2);
  await press('Split');
  await expect.poll(objects).toEqual([3, 4]);
  await expectNoViolations(page, 'two objects are corrected');
  for (const box of await page.locator('.object-chosen').all()) await box.check();
  await page.click('.edit-panel button:has-text("Merge chosen")');
  await expect.poll(objects).toEqual([7]);
  await undo();
  await expect.poll(objects).toEqual([3, 4]);
  await press('Delete', 1);
  await expect.poll(objects).toEqual([3]);
  for (let i = 0; i < 2; i++) await undo();
  await expect.poll(objects).toEqual([7]);
  await seek(page, 1);
  expectDots(await dots(page), [placeAt(1)]);
});

test('a double click adds a dot and Delete takes the selected one away', async () => {
  await correcting(true);
  const added = { x: 0.2, y: 0.2 };
  await page.mouse.dblclick(...(await pointOf(added)));
  expectDots(await dots(page), [placeAt(1), added]);
  await page.mouse.click(...(await pointOf(added)));
  await page.keyboard.press('Delete');
  expectDots(await dots(page), [placeAt(1)]);
  await undo();
  expectDots(await dots(page), [placeAt(1), added]);
});

test('a part of a track that is followed becomes what the model says of all of it', async () => {
  await correcting(true);
  await seek(page, 1.2);
  await press('Split');
  await press('Delete', 1);
  await expect.poll(objects).toEqual([3]);
  await press('Follow');
  await page.waitForFunction(() => document.querySelector('molmo-overlay')?.objects[0]?.points.length === 7);
  await untilReady(page);
  expect((await turnsOf(page)).map(({ shown }) => shown)).toEqual([true, false]);
  await page.click('#turns li:last-child .turn');
  const followed = placesIn(await rawAnswer(page)).get(2)!;
  await page.click('#turns li:first-child .turn');
  await seek(page, 2);
  expectDots(await dots(page), followed);
});

test('a place that is clicked is asked about: what it is, and where it goes', async () => {
  // On the shape, beside its dot.
  const { x, y } = placeAt(1);
  const click = async () => page.mouse.click(...(await pointOf({ x, y: y + 0.07 })));
  await click();
  await page.waitForSelector('.place-tools button:has-text("Follow this")');
  expect(await page.textContent('.place-tools')).toMatch(/^\d+, \d+ at 0:01\.00? What is this\?/);
  await page.click('.place-tools button:has-text("What is this?")');
  await lastIsAnswered();
  const [, asked] = await turnsOf(page);
  const [, across = 0] = /^What is this\? <points coords="1\.0 1 (\d{3}) \d{3}">this<\/points>$/.exec(asked!.text) ?? []; // prettier-ignore
  expect(Math.abs(Number(across) / 1000 - x)).toBeLessThan(0.015);

  await page.click('#turns li:first-child .turn');
  await seek(page, 1);
  await click();
  await page.click('.place-tools button:has-text("Follow this")');
  await lastIsAnswered();
  expect(await turnsOf(page)).toHaveLength(3);
});
