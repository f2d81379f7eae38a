// What a visitor does on the page, and what they see.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { expect } from 'vitest';
import type { Question } from '../../eval/question.ts';
import { ownJson } from '../../eval/readers/own-json.ts';
import { demoSamples, type IndexEntry } from '../../scripts/demo-samples.ts';
import { questionLike, type SampleEntry, type WantedQuestion } from '../sample-questions.ts';
import { builtSite, launchBrowser, openPage, type PageOptions, type Site } from './demo-site.ts';

/** A browser of a test file's own with one page for all of its tests: what one leaves behind must not change what the next one sees. */
export interface OnePage {
  readonly site: Site;
  readonly browser: Browser;
  readonly page: Page;
  /** Closes all of it; on the page there must have been no error that nobody caught. */
  close(): Promise<void>;
}

/** Opens the built page with nothing on its stage, and waits for its model. */
export async function openOnePage(options: PageOptions = {}): Promise<OnePage> {
  const [site, browser] = await Promise.all([builtSite(), launchBrowser()]);
  const { page, errors } = await openPage(browser, site.url, options);
  const close = async (): Promise<void> => {
    await browser.close();
    await site.close();
    expect(errors).toEqual([]);
  };
  await untilReady(page).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  return { site, browser, page, close };
}

export interface Spot {
  /** Fractions of the picture's size. */
  readonly x: number;
  readonly y: number;
}

const folder = fileURLToPath(new URL('../fixtures/samples/', import.meta.url));
const index = JSON.parse(readFileSync(`${folder}index.json`, 'utf8')) as readonly SampleEntry[];

export interface FileQuestion {
  readonly files: string[];
  readonly question: string;
  /** The reference's. */
  readonly answer: string;
}

/** A question about a sample that is so: the files to choose, the question, and the reference's answer to it. */
export function sampleQuestion(wanted: WantedQuestion, nth = 0): FileQuestion {
  const { sample, question, answer } = questionLike(index, wanted, nth);
  return { files: sample.media.map((file) => folder + file), question, answer };
}

/** A picture with two questions that are answered with one place each, well apart: the questions with those places. */
export function twoQuestions(): { files: string[]; asked: { question: string; place: Spot }[] } {
  for (const { media, questions } of index.filter(({ kind }) => kind === 'image')) {
    const asked = questions.flatMap(({ question, answer }) => {
      const [place, ...others] = [...placesIn(answer).values()].flat();
      return place && others.length === 0 && answer.startsWith('<points') ? [{ question, place }] : [];
    });
    const [one] = asked;
    const other = asked.find(({ place }) => one && Math.abs(place.x - one.place.x) > 0.2);
    if (one && other) return { files: media.map((file) => folder + file), asked: [one, other] };
  }
  throw new Error('no sample picture has two such questions');
}

/** A sample that the page offers, and the question that it proposes first. */
export function offeredSample(wanted: WantedQuestion): {
  button: string;
  file: string;
  question: string;
  answer: string;
} {
  const offered = demoSamples(index as readonly IndexEntry[]);
  const all = index.flatMap((entry) => {
    const questions = offered.find(({ name }) => name === entry.name)?.questions.slice(0, 1);
    return questions ? [{ ...entry, questions }] : [];
  });
  const { sample, question, answer } = questionLike(all, wanted);
  return { button: `[data-sample="${sample.name}"]`, file: sample.media[0] ?? '', question, answer };
}

/** Places in an answer, by the key of their group: the number of the picture, or the time. */
export function placesIn(answer: string): Map<number, Spot[]> {
  const coords = /coords="([^"]*)"/.exec(answer)?.[1] ?? '';
  return new Map(
    coords.split(';').map((group) => {
      const [key, ...numbers] = group.split(' ').map(Number);
      const spots: Spot[] = [];
      for (let i = 0; i + 2 < numbers.length; i += 3)
        spots.push({ x: (numbers[i + 1] ?? 0) / 1000, y: (numbers[i + 2] ?? 0) / 1000 });
      return [key ?? 0, spots];
    }),
  );
}

/** An answer without its coordinates, to compare structure. */
export function structureOf(answer: string): string {
  return answer.replaceAll(/\b\d{3,4} \d{3,4}\b/g, 'x y');
}

export async function untilReady(page: Page): Promise<void> {
  await page.waitForSelector('body[data-state="ready"]', { timeout: 120_000 });
}

export async function chooseFiles(page: Page, files: Parameters<Page['setInputFiles']>[1]): Promise<void> {
  await page.setInputFiles('#file', files);
  // Each file is looked at before it is on the stage.
  await page.waitForSelector('#stage:not([data-kind="none"]), #error:not([hidden])');
}

/** The question that is shown with its answer, in the row of questions. */
export async function turnsOf(page: Page): Promise<{ text: string; state: string; shown: boolean }[]> {
  return page.locator('#turns li').evaluateAll((items) =>
    items.map((item) => ({
      text: item.querySelector('.turn-name')?.textContent ?? '',
      state: (item as HTMLElement).dataset['state'] ?? '',
      shown: item.querySelector('[aria-current]') !== null,
    })),
  );
}

/** Asks and waits until the page is ready again. */
export async function ask(page: Page, question: string): Promise<string> {
  await page.fill('#prompt', question);
  await page.click('#ask');
  await untilReady(page);
  return rawAnswer(page);
}

/** A question that shows whether the page works. */
export const good = sampleQuestion({ kind: 'image', says: 'words' });

/** The page answers, whatever went wrong before, and says nothing of that any more. */
export async function expectWorking(page: Page): Promise<void> {
  await chooseFiles(page, good.files);
  expect(await ask(page, good.question)).toBe(good.answer);
  expect(await page.isHidden('#error')).toBe(true);
}

export async function rawAnswer(page: Page): Promise<string> {
  return (await page.textContent('#raw')) ?? '';
}

/** The file that pressing `button` hands over: where it lies, and the name that it would have. */
export async function savedFile(page: Page, button: string): Promise<{ path: string; name: string }> {
  const [download] = await Promise.all([
    page.waitForEvent('download', { timeout: 120_000 }),
    page.click(button),
  ]);
  return { path: await download.path(), name: download.suggestedFilename() };
}

/** Saves the answers and reads the file as evaluations do. */
export async function savedQuestions(page: Page): Promise<Question[]> {
  const { path, name } = await savedFile(page, '#export');
  expect(name).toMatch(/-questions\.json$/);
  return ownJson.read(readFileSync(path, 'utf8'), { name: 'saved' });
}

export async function seek(page: Page, timeSec: number): Promise<void> {
  await page.evaluate(async (t) => {
    const video = document.querySelector('video');
    if (!video) throw new Error('there is no video on the page');
    video.pause();
    const seeked = new Promise((resolve) => video.addEventListener('seeked', resolve, { once: true }));
    video.currentTime = t;
    await seeked;
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  }, timeSec);
}

/**
 * Centres of the dots that are drawn over picture `number`, one per colour, as fractions of the picture. Reads the
 * overlay's pixels: a pixel counts when all around it have its colour, which lines are too thin for.
 */
export async function dots(page: Page, number = 1): Promise<Spot[]> {
  return page.evaluate(async (n) => {
    const overlay = [...document.querySelectorAll('molmo-overlay')][n - 1];
    const target = overlay?.querySelector('img, video');
    const canvas = overlay?.shadowRoot?.querySelector('canvas');
    const ctx = canvas?.getContext('2d');
    const isShown = target instanceof HTMLImageElement || target instanceof HTMLVideoElement;
    if (!overlay || !isShown || !canvas || !ctx) throw new Error(`there is no overlay over picture ${n}`);
    overlay.setAttribute('labels', 'none');
    await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    const { width, height } = canvas;
    const pixels = new Uint32Array(ctx.getImageData(0, 0, width, height).data.buffer);
    const reach = Math.round(3 * devicePixelRatio);
    const isInside = (x: number, y: number, color: number): boolean => {
      for (let dy = -reach; dy <= reach; dy++)
        for (let dx = -reach; dx <= reach; dx++)
          if (pixels[(y + dy) * width + x + dx] !== color) return false;
      return true;
    };
    const sums = new Map<number, { x: number; y: number; count: number }>();
    for (let y = reach; y < height - reach; y++)
      for (let x = reach; x < width - reach; x++) {
        const color = pixels[y * width + x] ?? 0;
        if (color >>> 24 !== 255 || !isInside(x, y, color)) continue;
        const sum = sums.get(color) ?? { x: 0, y: 0, count: 0 };
        sums.set(color, { x: sum.x + x + 0.5, y: sum.y + y + 0.5, count: sum.count + 1 });
      }
    const own =
      target instanceof HTMLVideoElement
        ? { width: target.videoWidth, height: target.videoHeight }
        : { width: target.naturalWidth, height: target.naturalHeight };
    const rect = canvas.getBoundingClientRect();
    const box = target.getBoundingClientRect();
    const scale = Math.min(box.width / own.width, box.height / own.height);
    const left = box.left + (box.width - own.width * scale) / 2;
    const top = box.top + (box.height - own.height * scale) / 2;
    return [...sums.values()].map(({ x, y, count }) => ({
      x: (rect.left + (x / count / width) * rect.width - left) / (own.width * scale),
      y: (rect.top + (y / count / height) * rect.height - top) / (own.height * scale),
    }));
  }, number);
}

/** Every expected spot has a dot within 1.5% of the picture's size, and there are no others. */
export function expectDots(actual: readonly Spot[], expected: readonly Spot[]): void {
  expect(actual).toHaveLength(expected.length);
  for (const spot of expected) {
    const gaps = actual.map((dot) => Math.max(Math.abs(dot.x - spot.x), Math.abs(dot.y - spot.y)));
    expect(Math.min(...gaps), `distance of the nearest dot from ${spot.x}, ${spot.y}`).toBeLessThan(0.015);
  }
}
