// A visitor chooses a file, asks, and finds the right text and the dots at the right places and times.

import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { trainingAnswer } from '../../eval/readers/training-text.ts';
import { sheetLayout } from '../../src/annotations/drawing/sheet.ts';
import {
  ask,
  chooseFiles,
  dots,
  expectDots,
  offeredSample,
  type OnePage,
  openOnePage,
  placesIn,
  rawAnswer,
  sampleQuestion,
  savedFile,
  savedQuestions,
  seek,
  structureOf,
} from './demo-steps.ts';

let opened: OnePage;
let page: Page;

beforeAll(async () => {
  opened = await openOnePage({ deviceScaleFactor: 2 });
  ({ page } = opened);
});
afterAll(() => opened?.close());

const pictures = [
  { what: 'a picture of several crops', wanted: { form: 'several crops', says: 'points' } },
  { what: 'two objects', wanted: { kind: 'image', says: 'points', places: 2 } },
  { what: 'a picture taller than wide', wanted: { kind: 'image', form: 'tall', says: 'points' } },
] as const;
test.each(pictures)('a question about $what gets the reference text and its dots', async ({ wanted }) => {
  const sample = sampleQuestion(wanted);
  await chooseFiles(page, sample.files);
  expect(await ask(page, sample.question)).toBe(sample.answer);
  expectDots(await dots(page), placesIn(sample.answer).get(1) ?? []);
  expect(await page.textContent('#answer')).not.toMatch(/[<>]|coords/);
});

test('a question about several pictures puts each dot on its own picture', async () => {
  const sample = sampleQuestion({ kind: 'images', says: 'points' });
  await chooseFiles(page, sample.files);
  expect(await ask(page, sample.question)).toBe(sample.answer);
  const places = placesIn(sample.answer);
  for (const number of sample.files.map((_, i) => i + 1))
    expectDots(await dots(page, number), places.get(number) ?? []);
  const [saved] = await savedQuestions(page);
  expect(saved && [saved.prompt, trainingAnswer(saved)]).toEqual([sample.question, sample.answer]);
  // All of them are saved on one sheet, each with its dots.
  const base64 = readFileSync((await savedFile(page, '#save')).path).toString('base64');
  const sizes = await page.evaluate(() => document.querySelector('molmo-overlay')?.media?.sizes ?? []);
  const { cells } = sheetLayout(sizes);
  const missing = await page.evaluate(
    async ([data, places]) => {
      const bytes = Uint8Array.from(atob(data), (byte) => byte.charCodeAt(0));
      const sheet = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
      const ctx = new OffscreenCanvas(sheet.width, sheet.height).getContext('2d');
      const overlay = document.querySelector('molmo-overlay');
      if (!ctx || !overlay) throw new Error('there is nothing to compare');
      ctx.drawImage(sheet, 0, 0);
      return overlay.points.filter(({ image = 1, x, y, id }) => {
        const cell = places[image - 1] ?? { x: 0, y: 0, scale: 0 };
        const at = [Math.round(cell.x + x * cell.scale), Math.round(cell.y + y * cell.scale)] as const;
        const seen = ctx.getImageData(...at, 1, 1).data;
        ctx.fillStyle = overlay.colorOf(id);
        return (
          ctx.fillStyle !==
          `#${[...seen.subarray(0, 3)].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`
        );
      });
    },
    [base64, cells] as const,
  );
  expect(missing).toEqual([]);
});

const clips = [
  { file: '.mp4', times: [0, 1, 2.5] },
  { file: '.webm', times: [0.5, 3] },
] as const;
test.each(clips)('a track through a clip ($file) is drawn at its place and time', async ({ file, times }) => {
  const sample = sampleQuestion({ kind: 'video', file, says: 'tracks' });
  await chooseFiles(page, sample.files);
  expect(structureOf(await ask(page, sample.question))).toBe(structureOf(sample.answer));
  const places = placesIn(sample.answer);
  for (const timeSec of times) {
    await seek(page, timeSec);
    expectDots(await dots(page), places.get(timeSec) ?? []);
  }
  const [saved] = await savedQuestions(page);
  expect(saved && [saved.prompt, trainingAnswer(saved)]).toEqual([sample.question, await rawAnswer(page)]);
});

test('a counted point of a video is drawn from its time to the next sampled time', async () => {
  const sample = sampleQuestion({ kind: 'video', says: 'count', places: 1 });
  await chooseFiles(page, sample.files);
  expect(structureOf(await ask(page, sample.question))).toBe(structureOf(sample.answer));
  await seek(page, 0.3);
  expectDots(await dots(page), placesIn(sample.answer).get(0) ?? []);
  await seek(page, 0.7);
  expect(await dots(page)).toEqual([]);
});

test('the arrow keys on the time line step through the marks of a track', async () => {
  const offered = offeredSample({ kind: 'video', says: 'tracks' });
  await page.click(offered.button);
  await page.waitForSelector('#turns [data-state="answered"]');
  await seek(page, 0);
  await page.focus('#timeline [part=slider]');
  for (const timeSec of [0.5, 1]) {
    await page.keyboard.press('ArrowRight');
    await page.waitForFunction((t) => document.querySelector('video')?.currentTime === t, timeSec);
  }
  await page.waitForFunction(
    (label) =>
      document
        .querySelector('#timeline')
        ?.shadowRoot?.querySelector('[part=slider]')
        ?.ariaValueText?.includes(label),
    `${/>([^<]+)</.exec(offered.answer)?.[1]} 1`,
  );
});

test('a preset and a label make the question, and Enter asks it', async () => {
  const phrase = /^Point to the (.+)\.$/;
  const { files, question, answer } = sampleQuestion({ kind: 'image', says: 'points', question: phrase });
  await chooseFiles(page, files);
  await page.waitForSelector('molmo-overlay img');
  await page.click('[data-preset="point"]');
  await page.fill('#label', phrase.exec(question)?.[1] ?? '');
  expect(await page.inputValue('#prompt')).toBe(question);
  await page.press('#label', 'Enter');
  await page.waitForSelector('#timings:not(:empty)');
  expect(await rawAnswer(page)).toBe(answer);
});
