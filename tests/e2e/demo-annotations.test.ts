// A visitor corrects an answer, saves it in every way, and opens what was saved again.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readAnnotations } from '../../src/annotations/annotations.ts';
import { sheetLayout } from '../../src/annotations/drawing/sheet.ts';
import { expectNoViolations } from './axe.ts';
import type { Site } from './demo-site.ts';
import {
  ask,
  chooseFiles,
  dots,
  expectDots,
  type OnePage,
  openOnePage,
  placesIn,
  sampleQuestion,
  savedFile,
  seek,
  turnsOf,
  untilReady,
} from './demo-steps.ts';

let opened: OnePage;
let site: Site;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  opened = await openOnePage();
  ({ site, browser, page } = opened);
});
afterAll(() => opened?.close());

/** Saves by the menu. */
async function savedAs(id: string): Promise<{ path: string; name: string }> {
  const summary = page.locator('.save-as');
  if (!(await summary.evaluate((menu) => (menu as HTMLDetailsElement).open)))
    await page.click('.save-as > summary');
  return savedFile(page, `[data-save="${id}"]`);
}

const names = () =>
  page.locator('#points li').evaluateAll((items) => items.map((item) => item.textContent ?? ''));
const isCorrecting = () => page.getAttribute('.edit-tools button', 'aria-pressed');

/** Drags the dot from one share of the picture to another. */
async function drag(from: { x: number; y: number }, to: { x: number; y: number }): Promise<void> {
  const box = (await page.locator('molmo-overlay video').boundingBox())!;
  const at = ({ x, y }: { x: number; y: number }) => [box.x + x * box.width, box.y + y * box.height] as const;
  await page.mouse.move(...at(from));
  await page.mouse.down();
  await page.mouse.move(...at({ x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 }), { steps: 3 });
  await page.mouse.move(...at(to), { steps: 3 });
  await page.mouse.up();
}

const sample = sampleQuestion({ kind: 'video', file: '.mp4', says: 'tracks' });
const own = '#00a86b';

/** The colour of a picture's pixel at a share of its size. */
async function pixelAt(file: string | Buffer, { x, y }: { x: number; y: number }): Promise<number[]> {
  const { data, info } = await sharp(file).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const at = (Math.round(y * info.height) * info.width + Math.round(x * info.width)) * 3;
  return [...data.subarray(at, at + 3)];
}
const target = { x: 0.3, y: 0.35 };

test('a track is renamed, dragged, undone and done again, and stays so after a reload', async () => {
  await chooseFiles(page, sample.files);
  const answer = await ask(page, sample.question);
  await seek(page, 1);
  const [before] = placesIn(answer).get(1)!;
  await page.click('.edit-tools button:has-text("Correct")');
  expect(await isCorrecting()).toBe('true');
  const field = page.locator('.object-label').first();
  const original = await field.inputValue();
  await field.fill('hero');
  await field.press('Enter');
  await field.blur();
  await expect.poll(names).toEqual([expect.stringContaining('hero')]);
  await drag(before!, target);
  expectDots(await dots(page), [target]);
  await page.locator('body').press('Control+z');
  expectDots(await dots(page), [before!]);
  await page.locator('body').press('Control+z');
  await expect.poll(names).toEqual([expect.stringContaining(original)]);
  await page.locator('body').press('Control+Shift+z');
  await expect.poll(names).toEqual([expect.stringContaining('hero')]);
  // A correction does not wait for the model, which may be busy: here it hears nothing any more.
  await page.evaluate(() => {
    Worker.prototype.postMessage = () => {};
    MessagePort.prototype.postMessage = () => {};
  });
  await page.locator('body').press('Control+y');
  expectDots(await dots(page), [target]);
  await page.reload();
  await untilReady(page);
  await expect.poll(names).toEqual([expect.stringContaining('hero')]);
  await seek(page, 1);
  expectDots(await dots(page), [target]);
});

test('an object is given a colour of its own, on the picture, in the lists and on the time line', async () => {
  const colors = () =>
    page.evaluate(() => {
      const swatch = document.querySelector<HTMLElement>('#points .swatch');
      const lane = document
        .querySelector('molmo-timeline')
        ?.shadowRoot?.querySelector<HTMLElement>('li button');
      const rgb = swatch && getComputedStyle(swatch).backgroundColor;
      return [
        rgb,
        lane?.style.getPropertyValue('--color'),
        document.querySelector('molmo-overlay')?.objects[0]?.color,
      ];
    });
  await page.click('.edit-tools button:has-text("Correct")');
  const first = await colors();
  await page.locator('.object-color').fill(own);
  await expect.poll(colors).toEqual(['rgb(0, 168, 107)', own, own]);
  await page.locator('.object-row button:has-text("Default colour")').click();
  await expect.poll(colors).toEqual(first);
  await page.locator('.edit-tools button:has-text("Undo")').click();
  await expect.poll(colors).toEqual(['rgb(0, 168, 107)', own, own]);
  await seek(page, 1);
  expectDots(await dots(page), [target]);
  await expectNoViolations(page, 'an object with a colour of its own is corrected');
});

test('what is saved has the corrections, in every format', async () => {
  const json = await savedAs('json');
  expect(json.name).toMatch(/-annotations\.json$/);
  const document = await readAnnotations(readFileSync(json.path, 'utf8'));
  const [object] = document.objects;
  expect(object).toMatchObject({ label: 'hero', color: own });
  expect(object?.points.filter(({ origin }) => origin === 'made')).toHaveLength(1);
  const { media } = document;
  for (const id of ['csv', 'coco', 'webvtt', 'svg']) {
    const text = readFileSync((await savedAs(id)).path, 'utf8');
    expect((await readAnnotations(text, { media })).objects, id).toEqual(document.objects);
    if (id === 'svg') expect(text).toContain(`fill="${own}"`);
  }
  const training = readFileSync((await savedAs('training-text')).path, 'utf8');
  expect((await readAnnotations(training, { media })).objects[0]?.points).toHaveLength(object!.points.length);
  const [file] = media.files;
  const png = await savedAs('png');
  const { width, height } = await sharp(png.path).metadata();
  expect([width, height]).toEqual([file!.width, file!.height]);
  const pressed = await savedFile(page, '#save');
  expect(pressed.name).toBe(png.name);
  expect(readFileSync(pressed.path).equals(readFileSync(png.path))).toBe(true);
  expect(await pixelAt(png.path, target)).toEqual([0, 168, 107]);
});

test('the video is saved with its dots: as many frames, each as large', async () => {
  const { path, name } = await savedAs('clip');
  expect(name).toMatch(/-dots\.(mp4|webm)$/);
  const entries = 'stream=width,height,nb_read_frames';
  const told = spawnSync('ffprobe', ['-v', 'error', '-count_frames', '-select_streams', 'v', '-show_entries', entries, '-of', 'csv=p=0', path]); // prettier-ignore
  const was = spawnSync('ffprobe', ['-v', 'error', '-count_frames', '-select_streams', 'v', '-show_entries', entries, '-of', 'csv=p=0', sample.files[0]!]); // prettier-ignore
  expect(String(told.stdout)).toBe(String(was.stdout));
  const frame = spawnSync('ffmpeg', ['-v', 'error', '-ss', '1', '-i', path, '-frames:v', '1', '-f', 'image2pipe', '-c:v', 'png', '-'], { maxBuffer: 1e8 }); // prettier-ignore
  const [red = 0, green = 0, blue = 0] = await pixelAt(frame.stdout, target);
  expect(Math.max(red, Math.abs(green - 168), Math.abs(blue - 107))).toBeLessThan(40); // as much as encoding blurs
});

test('with a part chosen on the time line that part of the video is saved', async () => {
  const slider = page.locator('molmo-timeline [part=slider]');
  await seek(page, 1);
  await slider.press('i');
  await seek(page, 2);
  await slider.press('o');
  const { path } = await savedAs('clip');
  const told = spawnSync('ffprobe', ['-v', 'error', '-show_entries', 'format=duration', '-of', 'csv=p=0', path]); // prettier-ignore
  expect(Math.abs(Number(told.stdout) - 1)).toBeLessThan(0.05);
  await slider.press('x');
});

test('annotations are opened again over their media, and refused over others', async () => {
  const { path } = await savedAs('json');
  await page.setInputFiles('#annotation-file', path);
  await expect.poll(async () => (await turnsOf(page)).length).toBe(2);
  await seek(page, 1);
  expectDots(await dots(page), [target]);

  const broken = readFileSync(path, 'utf8').replace('"x":', '"x":null,"was":');
  await page.setInputFiles('#annotation-file', { name: 'broken.json', mimeType: 'application/json', buffer: Buffer.from(broken) }); // prettier-ignore
  await page.waitForSelector('#error:not([hidden])');
  expect(await page.textContent('#error')).toMatch(/key "objects\.0\.points\.0\.x"/);
  await page.click('#error button:has-text("Dismiss")');
});

test('a share file shows its dots in a page without a model', async () => {
  const share = await savedAs('share');
  const context = await browser.newContext({ reducedMotion: 'reduce' });
  const other = await context.newPage();
  await other.addInitScript(() => Object.defineProperty(navigator, 'gpu', { value: undefined }));
  await other.goto(`${site.url}?sample=none`);
  await other.setInputFiles('#file', { name: basename(share.name), mimeType: 'text/html', buffer: readFileSync(share.path) }); // prettier-ignore
  await other.waitForSelector('molmo-overlay video');
  await other.waitForFunction(() => (document.querySelector('video')?.readyState ?? 0) >= 2);
  await seek(other, 1);
  expectDots(await dots(other), [target]);
  expect(await other.textContent('#points')).toContain('hero');
  await expectNoViolations(other, 'a share file without a model');
  await context.close();
});

test('several pictures are saved as a sheet', async () => {
  const several = sampleQuestion({ kind: 'images', says: 'points' });
  await chooseFiles(page, several.files);
  await ask(page, several.question);
  const sizes = await Promise.all(several.files.map((file) => sharp(file).metadata()));
  const wanted = sheetLayout(sizes.map(({ width, height }) => ({ width, height })));
  const { width, height } = await sharp((await savedAs('png')).path).metadata();
  expect([width, height]).toEqual([wanted.width, wanted.height]);
  await page.click('.edit-tools button:has-text("Correct")');
  await expectNoViolations(page, 'points on several pictures are corrected');
});
