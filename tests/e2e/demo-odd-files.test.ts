// Files at the edge of what can be asked about: each gets a right answer or one clear error, and never a hang.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { animatedGif } from '../write-gif.ts';
import {
  ask,
  chooseFiles,
  dots,
  expectDots,
  expectWorking,
  type OnePage,
  openOnePage,
  seek,
} from './demo-steps.ts';

let opened: OnePage;
let page: Page;

beforeAll(async () => {
  opened = await openOnePage();
  ({ page } = opened);
});
afterAll(() => opened?.close());

const media = fileURLToPath(new URL('../fixtures/media/', import.meta.url));
const onePixel = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

const refused = [
  { what: 'a picture of 20,000 x 12,000 pixels', file: 'huge.png', code: 'media-too-large', says: '12000' },
  { what: 'a file of sound alone', file: 'audio-only.mp4', code: 'media-unreadable', says: 'audio-only.mp4' },
];
test.each(refused)('$what is refused with its reason', async ({ file, code, says }) => {
  await chooseFiles(page, media + file);
  await ask(page, 'Describe this image.');
  expect(await page.getAttribute('#error', 'data-code')).toBe(code);
  expect((await page.textContent('#error'))?.replaceAll(',', '')).toContain(says);
  await expectWorking(page);
});

const answered = [
  { what: 'a picture of one pixel', file: { name: 'dot.png', mimeType: 'image/png', buffer: onePixel } },
  { what: 'a video of one frame', file: `${media}one-frame.mp4` },
  { what: 'a Matroska video', file: `${media}h264.mkv` },
];
test.each(answered)('$what is answered', async ({ file }) => {
  await chooseFiles(page, file);
  expect(await ask(page, 'Where are the red circles?')).not.toBe('');
  expect(await page.isHidden('#error')).toBe(true);
  expect(await page.textContent('#status')).toBe('Answered');
});

test("a video that only the page's own player shows is answered, and it is said how", async () => {
  await chooseFiles(page, {
    name: 'live.ogv',
    mimeType: 'video/ogg',
    buffer: readFileSync(`${media}vp8.ogv`),
  });
  expect(await ask(page, 'Where are the red circles?')).not.toBe('');
  expect(await page.isHidden('#error')).toBe(true);
  expect(await page.textContent('#media-note')).toMatch(
    /live\.ogv.* taken by seeking the page's own player.*slower/,
  );
});

const side = 320;
/** Where the middle of the square is at a moment, as fractions of the picture. */
const squareAt = (sec: number) => ({ x: (60 + 80 * sec) / side, y: (100 + 30 * sec) / side });

/** A yellow square on its way over a grey ground, ten frames a second. */
function movingSquare(): Buffer {
  const frames = Array.from({ length: 21 }, (_, n) => {
    const { x, y } = squareAt(n / 10);
    const isInside = (i: number) =>
      Math.abs((i % side) + 0.5 - x * side) < 23 && Math.abs(Math.floor(i / side) + 0.5 - y * side) < 23;
    return { pixels: Uint8Array.from({ length: side * side }, (_, i) => Number(isInside(i))), delayMs: 100 };
  });
  const colours = [
    [132, 118, 116],
    [230, 218, 26],
  ] as const;
  return Buffer.from(animatedGif({ width: side, height: side }, colours, frames));
}

test('an animated GIF is a video: it plays on the stage, and dots follow what moves in it', async () => {
  await chooseFiles(page, { name: 'square.gif', mimeType: 'image/gif', buffer: movingSquare() });
  expect(await page.getAttribute('#stage', 'data-kind')).toBe('video');
  await page.waitForFunction(() => (document.querySelector('video')?.readyState ?? 0) >= 2);
  expect(await page.evaluate(() => document.querySelector('video')?.duration)).toBeCloseTo(2.1, 2);
  expect(await page.textContent('#media-note')).toMatch(/square\.gif.*moves: it is a video here/);
  await ask(page, 'Track the yellow square.');
  for (const sec of [0.5, 1.5]) {
    await seek(page, sec);
    expectDots(await dots(page), [squareAt(sec)]);
  }
});
