// A camera, a shared screen and addresses of the web on the page. The camera is one of Chromium's own that plays a file which is drawn
// here: a red circle that drifts, and leaps to another place every few seconds.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { drawCamera, type Shape } from '../shape-clip.ts';
import { HeapWatch } from '../soak/heap.ts';
import { expectNoViolations } from './axe.ts';
import { builtSite, launchBrowser, openPage, type Site } from './demo-site.ts';
import { ask, dots, expectDots, placesIn, sampleQuestion, untilReady } from './demo-steps.ts';

/** How many answers are waited for; memory is compared where there are many: MOLMO2_LIVE_FRAMES=200. */
const wanted = Number(process.env['MOLMO2_LIVE_FRAMES'] ?? 6);
const staySec = 8;
const driftPerSec = 0.004;
const places = [
  [0.3, 0.3],
  [0.7, 0.35],
  [0.65, 0.7],
  [0.25, 0.65],
] as const;

const circle: Shape = {
  kind: 'circle',
  color: [220, 40, 40],
  radius: 0.12,
  at(timeSec) {
    const [x, y] = places[Math.floor(timeSec / staySec) % places.length] ?? [0, 0];
    const drift = driftPerSec * (timeSec % staySec);
    return { x: x + drift, y: y + drift };
  },
};

const folder = mkdtempSync(join(tmpdir(), 'molmo2-camera-'));
let site: Site;
let browser: Browser;

beforeAll(async () => {
  const camera = join(folder, 'camera.y4m');
  drawCamera(camera, [circle], staySec * places.length, 10);
  const args = ['--use-fake-device-for-media-stream', `--use-file-for-fake-video-capture=${camera}`, '--auto-select-desktop-capture-source=Entire']; // prettier-ignore
  [site, browser] = await Promise.all([builtSite(), launchBrowser(args)]);
});
afterAll(async () => {
  await browser?.close();
  await site?.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Told {
  readonly frame: number;
  /** Shares of the picture: where the dots are, and the circle in the picture that is shown beside them. */
  readonly dots: readonly { readonly x: number; readonly y: number }[];
  readonly shown: { readonly x: number; readonly y: number };
  /** Where the circle was in the pictures around the one that was asked about. */
  readonly asked: readonly { readonly x: number; readonly y: number }[];
}

declare global {
  var told: Told[];
  var openBitmaps: () => number;
}

/** From now on the page notes with every answer where its dots are, and where the circle is and was. */
async function noteAnswers(page: Page): Promise<void> {
  await page.evaluate(() => {
    const overlay = document.querySelector('molmo-overlay');
    const video = overlay?.querySelector('video');
    const answer = document.querySelector<HTMLElement>('#live-answer');
    const ctx = new OffscreenCanvas(84, 84).getContext('2d', { willReadFrequently: true });
    if (!overlay || !video || !answer || !ctx) throw new Error('there is no live picture');
    const circle = () => {
      ctx.drawImage(video, 0, 0, 84, 84);
      const { data } = ctx.getImageData(0, 0, 84, 84);
      const sum = { x: 0, y: 0, count: 0 };
      for (let i = 0; i < 84 * 84; i++) {
        if ((data[4 * i] ?? 0) < 170 || (data[4 * i + 1] ?? 0) > 90) continue;
        sum.x += (i % 84) + 0.5;
        sum.y += Math.floor(i / 84) + 0.5;
        sum.count++;
      }
      return { x: sum.x / sum.count / 84, y: sum.y / sum.count / 84 };
    };
    const seen: { ms: number; x: number; y: number }[] = [];
    const look = () => {
      seen.push({ ms: performance.now(), ...circle() });
      if (seen.length > 400) seen.shift();
      video.requestVideoFrameCallback(look);
    };
    look();
    globalThis.told = [];
    new MutationObserver(() => {
      const { width = 1, height = 1 } = overlay.media?.sizes[0] ?? {};
      const taken = Number(answer.dataset['taken']);
      const near = seen.filter(({ ms }) => Math.abs(ms - taken) < 300);
      globalThis.told.push({
        frame: Number(answer.dataset['frame']),
        dots: overlay.points.map(({ x, y }) => ({ x: x / width, y: y / height })),
        shown: circle(),
        asked: near.map(({ x, y }) => ({ x, y })),
      });
    }).observe(answer, { attributeFilter: ['data-taken'] });
  });
}

const gap = (a: { x: number; y: number }, b: { x: number; y: number }): number =>
  Math.max(Math.abs(a.x - b.x), Math.abs(a.y - b.y));

/** How often the circle had leapt to another place when an answer came, and how many answers came since. */
function leapsIn(told: readonly Told[]): { leaps: number; answersSince: number[] } {
  let leaps = 0;
  const answersSince: number[] = [];
  told.forEach(({ shown }, i) => {
    const before = told[i - 1]?.shown;
    const isLeap = before !== undefined && gap(shown, before) > 0.1;
    if (isLeap) leaps++;
    answersSince.push(isLeap ? 1 : (answersSince[i - 1] ?? 9) + 1);
  });
  return { leaps, answersSince };
}

/** Waits for so many answers, and until the circle has leapt and was found again. */
async function until(page: Page, answers: number): Promise<Told[]> {
  for (;;) {
    await page.waitForTimeout(200);
    const told = await page.evaluate(() => globalThis.told);
    const { leaps, answersSince } = leapsIn(told);
    if (told.length >= answers && leaps > 0 && (answersSince.at(-1) ?? 0) >= 2) return told;
  }
}

/** Bitmaps that the page made and neither closed nor sent away: such a one has no width. */
const countBitmaps = (): void => {
  const made = new Set<ImageBitmap>();
  const create = globalThis.createImageBitmap.bind(globalThis) as (...all: unknown[]) => Promise<ImageBitmap>;
  const sweep = (): number => {
    for (const bitmap of made) if (bitmap.width === 0) made.delete(bitmap);
    return made.size;
  };
  globalThis.openBitmaps = sweep;
  globalThis.createImageBitmap = (async (...all: unknown[]) => {
    const bitmap = await create(...all);
    sweep();
    made.add(bitmap);
    return bitmap;
  }) as typeof createImageBitmap;
};

/** The place is one where the circle passes by. */
function expectOnPath(place: { x: number; y: number } | undefined): void {
  const way = places.flatMap(([x, y]) =>
    [0, 0.25, 0.5, 0.75, 1].map((share) => {
      const drift = share * staySec * driftPerSec;
      return { x: x + drift, y: y + drift };
    }),
  );
  expect(place && Math.min(...way.map((one) => gap(one, place)))).toBeLessThan(0.03);
}

test(
  'dots follow what a camera sees, and a still and a clip of it are asked as files are',
  async () => {
    const { page, errors } = await openPage(browser, 'about:blank', { permissions: ['camera'] });
    await page.addInitScript(countBitmaps);
    await page.goto(`${site.url}?sample=none`);
    await page.click('#source-camera');
    await page.waitForFunction(() => document.querySelector('video')?.videoWidth === 168);
    await untilReady(page);
    await noteAnswers(page);
    await page.fill('#prompt', 'Point to the red circle.');
    await page.click('#ask');
    const heap = wanted >= 200 ? await HeapWatch.of(page) : null;
    if (heap) await until(page, wanted / 2);
    const before = await heap?.measure();
    const told = await until(page, wanted);
    const after = await heap?.measure();
    // One frame that stays is 84 KB, and one that stays of each answer would be megabytes; what is noted here of each is 600 bytes.
    if (before && after)
      for (const side of ['page', 'worker'] as const)
        expect(after[side] - before[side], side).toBeLessThan(wanted * 750);
    if (heap) console.log('bytes of objects', before, after);
    expect(await page.textContent('#live-age')).toMatch(/^The dots are \d+(\.\d)? m?s old\. /);

    expect(told.map(({ frame }) => frame)).toEqual(told.map((_, i) => i + 1));
    for (const { dots: drawn, asked } of told) {
      expect(drawn).toHaveLength(1);
      expect(Math.min(...asked.map((place) => gap(place, drawn[0]!)))).toBeLessThan(0.03);
    }
    // Where the circle has leapt since the answer before, the question under way was about a picture of before. The next is not.
    const { answersSince } = leapsIn(told);
    told.forEach(({ dots: drawn, shown }, i) => {
      if (answersSince[i]! >= 2) expect(gap(drawn[0]!, shown), `answer ${i + 1}`).toBeLessThan(0.03);
    });
    expect(await page.evaluate(() => globalThis.openBitmaps())).toBeLessThanOrEqual(2);

    // Paused: no more answers come, nothing stays open, and the dot is drawn where the overlay says.
    await page.click('#live-toggle');
    await page.waitForSelector('#live-bar[data-state="watching"]');
    expect(await page.evaluate(() => globalThis.openBitmaps())).toBe(0);
    const last = await page.evaluate(() => globalThis.told.at(-1));
    expectDots(await dots(page), last?.dots ?? []);
    await page.click('#source-address');
    await expectNoViolations(page, 'a live picture that is paused');
    await page.click('#source-address');

    await page.click('#live-record');
    await page.waitForTimeout(2000);
    await page.click('#live-record');
    await page.waitForSelector('#stage[data-kind="video"]');
    expect(await page.isVisible('#live-bar')).toBe(false);
    const tracked = [...placesIn(await ask(page, 'Track the red circle.')).values()].flat();
    expect(tracked.length).toBeGreaterThanOrEqual(3);
    for (const place of tracked) expectOnPath(place);

    // At once, before the camera has sent a picture.
    await page.click('#source-camera');
    await page.click('#live-still');
    await page.waitForSelector('#stage[data-kind="images"] molmo-overlay[data-fits]');
    const [place, ...others] = placesIn(await ask(page, 'Point to the red circle.')).get(1) ?? [];
    expect(others).toEqual([]);
    expectOnPath(place);
    expect(errors).toEqual([]);
    await page.context().close();
  },
  300_000 + 10_000 * wanted,
);

/** What the page's box of problems says, once it says something. */
async function problem(page: Page): Promise<string> {
  await page.waitForSelector('#error:not([hidden])');
  const text = (await page.textContent('#error')) ?? '';
  await page.click('#error button');
  return text;
}

test('what keeps a camera, a screen or an address from being shown is said in its own sentence', async () => {
  const picture = readFileSync(sampleQuestion({ kind: 'image', says: 'points' }).files[0]!);
  const server = createServer((request, response) => {
    const open = request.url === '/closed.png' ? {} : { 'Access-Control-Allow-Origin': '*' };
    const isPage = request.url === '/page';
    if (request.url === '/none.png') return void response.writeHead(404, open).end();
    response.writeHead(200, { ...open, 'Content-Type': isPage ? 'text/html' : 'image/png' });
    response.end(isPage ? '<!doctype html><title>x</title>' : picture);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const address = (path: string) => `http://127.0.0.1:${port}/${path}`;

  const { page, errors } = await openPage(browser, site.url, { permissions: [] });
  await page.click('#source-address');
  await page.fill('#address', address('open.png'));
  await page.click('#address-form [type="submit"]');
  expect(await problem(page)).toMatch(/^This page asks no other sites/);
  // What the page may not ask is asked on one that may.
  await page.click('#address-form a');
  await page.waitForURL('**/any-address.html');
  await page.goto(`${site.url}any-address.html?sample=none`);
  await page.click('#source-camera');
  expect(await problem(page)).toMatch(/^The camera was not allowed.*beside the page’s address/);

  await page.click('#source-address');
  const says = async (path: string) => {
    await page.fill('#address', address(path));
    await page.click('#address-form [type="submit"]');
    return problem(page);
  };
  expect(await says('closed.png')).toMatch(/does not let other pages read its files.*save the file/);
  expect(await says('none.png')).toMatch(/^There is nothing at this address/);
  expect(await says('page')).toMatch(/^This address is a page, not a picture or a video/);
  await page.fill('#address', 'https://unknown.invalid/x.png');
  await page.click('#address-form [type="submit"]');
  expect(await problem(page)).toMatch(/^The site cannot be reached/);

  // A pasted link opens what is there.
  await page.evaluate((text) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', text);
    document.body.dispatchEvent(
      new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }),
    );
  }, address('open.png'));
  await page.waitForSelector('#stage[data-kind="images"] molmo-overlay[data-fits]');
  expect(await page.getAttribute('molmo-overlay img', 'alt')).toBe('open.png');
  expect(await page.isVisible('#address-form')).toBe(false);

  await page.context().grantPermissions(['camera']);
  await page.click('#source-camera');
  await page.waitForFunction(() => document.querySelector('video')?.videoWidth === 168);
  expect(await page.textContent('#live-status')).toMatch(/^The camera is on/);
  // The browser takes the permission back, which ends the track.
  await page.context().clearPermissions();
  expect(await problem(page)).toMatch(/^The camera stopped.*permission was taken back/);
  expect(await page.getAttribute('#stage', 'data-kind')).toBe('none');
  expect(await page.isVisible('#live-bar')).toBe(false);
  expect(errors).toEqual([]);
  await page.context().close();
  server.close();
});
