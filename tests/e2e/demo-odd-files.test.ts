// Files at the edge of what can be asked about: each gets a right answer or one clear error, and never a hang.

import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ask, chooseFiles, expectWorking, type OnePage, openOnePage } from './demo-steps.ts';

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
