// A visitor chooses a file, asks, and finds the right text and the dots at the right places and times.

import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { trainingAnswer } from '../../eval/readers/training-text.ts';
import { readAnnotations } from '../../src/annotations/annotations.ts';
import { sheetLayout } from '../../src/annotations/drawing/sheet.ts';
import { expectNoViolations } from './axe.ts';
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
  twoQuestions,
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
  // Not before the page is ready again: with that the video begins to play.
  await page.waitForSelector('body[data-state="ready"] #turns [data-state="answered"]');
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

/** The answers that are compared: their colours, and whether they are drawn. */
const compared = () =>
  page.locator('#comparison .compared').evaluateAll((items) =>
    items.map((item) => ({
      question: item.querySelector('.compared-question')?.textContent ?? '',
      color: (item as HTMLElement).style.getPropertyValue('--layer'),
      count: item.querySelector('.compared-count')?.textContent ?? '',
      toggle: item.querySelector('.compared-toggle')?.textContent ?? '',
    })),
  );

/** The colour that the overlay has drawn at a share of the picture. */
const drawnAt = ({ x, y }: { x: number; y: number }) =>
  page.evaluate(
    ([across, down]) => {
      const canvas = document.querySelector('molmo-overlay')?.shadowRoot?.querySelector('canvas');
      const at = [
        Math.round(across * (canvas?.width ?? 0)),
        Math.round(down * (canvas?.height ?? 0)),
      ] as const;
      const [r = 0, g = 0, b = 0] = canvas?.getContext('2d')?.getImageData(...at, 1, 1).data ?? [];
      return `#${[r, g, b].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
    },
    [x, y] as const,
  );

test('two questions are asked at once and compared: each in its colour, hidden, shown, saved, left', async () => {
  const { files, asked } = twoQuestions();
  const [one, other] = asked;
  await chooseFiles(page, files);
  await page.fill('#prompt', one!.question);
  await page.click('#another');
  expect(await page.isVisible('#several-note')).toBe(true);
  await page.fill('#prompt', asked.map(({ question }) => question).join('\n'));
  await page.click('#ask');
  await page.waitForFunction(() => document.querySelectorAll('#turns [data-state="answered"]').length === 2);
  expectDots(await dots(page), [one!.place, other!.place]);
  const [first, second] = await compared();
  expect([first, second]).toMatchObject(
    asked.map(({ question }) => ({ question, count: '1 place', toggle: 'Hide' })),
  );
  expect(first!.color).not.toBe(second!.color);
  expect(await drawnAt(one!.place)).toBe(first!.color);
  expect(await drawnAt(other!.place)).toBe(second!.color);
  expect(await page.isHidden('#answer-card')).toBe(true);
  await expectNoViolations(page, 'two answers are compared');

  await page.click('.compared-toggle >> nth=0');
  expectDots(await dots(page), [other!.place]);
  await page.click('.save-as > summary');
  const hidden = await readAnnotations(
    readFileSync((await savedFile(page, '[data-save="json"]')).path, 'utf8'),
  );
  expect(hidden.objects.map(({ visible, color }) => [visible, color])).toEqual([
    [false, first!.color],
    [true, second!.color],
  ]);
  expect(hidden.asked.map(({ prompt }) => prompt)).toEqual(asked.map(({ question }) => question));
  const svg = readFileSync((await savedFile(page, '[data-save="svg"]')).path, 'utf8');
  expect(svg).toContain(`fill="${second!.color}"`);
  expect(svg).not.toContain(`fill="${first!.color}"`);
  await page.click('.compared-toggle >> nth=0');
  expectDots(await dots(page), [one!.place, other!.place]);

  // Pressing a question takes it out, and in again.
  await page.click('#turns li:first-child .turn');
  expectDots(await dots(page), [other!.place]);
  await page.click('#turns li:first-child .turn');
  expectDots(await dots(page), [one!.place, other!.place]);
  await page.click('#leave-comparison');
  expect(await page.isVisible('#answer-card')).toBe(true);
  expectDots(await dots(page), [other!.place]);
  await page.click('#compare');
  expectDots(await dots(page), [one!.place, other!.place]);
  // A question asked alone is shown alone.
  await ask(page, one!.question);
  expectDots(await dots(page), [one!.place]);
  expect(await page.isHidden('#comparison')).toBe(true);
});

test('answers about a clip are compared on its time line, and a chip leads to the mark of its own answer', async () => {
  const { files, question } = sampleQuestion({ kind: 'video', file: '.mp4', says: 'tracks' });
  await chooseFiles(page, files);
  await ask(page, question);
  await ask(
    page,
    `${question} `.replace(/^\w+/, (word) => word.toLowerCase()),
  );
  await page.click('#compare');
  const layers = await compared();
  const lanes = () =>
    page.evaluate(() =>
      [...(document.querySelector('#timeline')?.shadowRoot?.querySelectorAll('li') ?? [])].map((row) => [
        row.title,
        row.querySelector('button')?.style.getPropertyValue('--color'),
      ]),
    );
  await expect.poll(lanes).toEqual(layers.map((layer) => [layer.question, layer.color]));
  await page.locator('.compared .chip').last().click();
  const layer = await page.locator('.compared').last().getAttribute('data-layer');
  expect(
    await page.evaluate(() => document.querySelector('molmo-overlay')?.selected?.split(' in ').at(-1)),
  ).toBe(layer);
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

test('own files are suggested questions, and an answer is copied, its question edited and asked again', async () => {
  const { files, question, answer } = sampleQuestion({ kind: 'image', says: 'words' });
  await chooseFiles(page, files);
  const suggested = page.locator('#suggestions button');
  await expect.poll(() => suggested.allTextContents()).toContain('Point to the circles.');
  await ask(page, question);
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.click('#copy');
  await expect.poll(() => page.textContent('#status')).toBe('The answer is copied');
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(answer);
  await page.fill('#prompt', 'something else');
  await page.click('#edit');
  expect(await page.inputValue('#prompt')).toBe(question);
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('prompt');
  await page.click('#ask');
  await page.waitForFunction(
    (count) => document.querySelectorAll('#turns [data-state="answered"]').length === count,
    2,
  );
  expect(await rawAnswer(page)).toBe(answer);
});
