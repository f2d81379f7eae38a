// Do Node, a page and ffmpeg see the same in a video? Videos are chosen by seeds; `npm run soak` tries 300 new ones, and
// SAME_VIDEOS=1 SAME_VIDEOS_SEED=... brings one back.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundle } from '../../scripts/bundle.mjs';
import { openVideo } from '../../src/media/video/open-video-node.ts';
import { seenByFfmpeg } from '../differential/ffmpeg-seen.ts';
import { seenVideo, type Seen, type SeenVideo } from '../differential/seen-video.ts';
import { makeVideo, type VideoRecipe, videoRecipe } from '../differential/video-recipe.ts';
import { orNotInstalled } from '../node/make-videos.ts';
import { twoFps } from '../numbered-frames.ts';
import { launchBrowser } from './demo-site.ts';

const count = Number(process.env['SAME_VIDEOS'] ?? 8);
const firstSeed = Number(process.env['SAME_VIDEOS_SEED'] ?? 1);
/**
 * Found faults once: files that end inside the last packet read for an edited part, and in the head of a small fragment; so
 * few reordered frames that all of them leave the decoder at its end; a frame shown before the first that is stored behind it.
 */
const kept = process.env['SAME_VIDEOS'] ? [] : [30_040, 60_157, 70_167, 80_117];
const seeds = [...Array.from({ length: count }, (_, i) => firstSeed + i), ...kept];

const folder = mkdtempSync(join(tmpdir(), 'molmo2-same-videos-'));
let current = '';
const server = createServer(({ url }, response) => {
  if (url === '/')
    response.setHeader('content-type', 'text/html').end('<script type="module" src="/page.js"></script>');
  else if (url === '/page.js')
    response.setHeader('content-type', 'text/javascript').end(readFileSync(join(folder, 'page.js')));
  else if (url?.startsWith('/video')) response.end(readFileSync(current));
  else response.writeHead(404).end();
});
let browser: Browser;
let page: Page;

beforeAll(async () => {
  const input = { page: 'tests/differential/page.ts' };
  await bundle({ input, outDir: folder, platform: 'browser', plugins: [], singleFile: true, inline: true });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  browser = await launchBrowser();
  page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  await page.waitForFunction(() => 'seenInPage' in globalThis);
});

afterAll(async () => {
  await browser.close();
  server.close();
  rmSync(folder, { recursive: true });
});

/** Matroska rounds times to milliseconds, MP4's edit lists as well. */
const toleranceSec = 0.0015;

/** How two differ; null where they are the same. */
function difference(a: SeenVideo, b: SeenVideo): string | null {
  if (a.size.join() !== b.size.join()) return `sizes ${a.size.join('x')} and ${b.size.join('x')}`;
  if (Math.abs(a.durationSec - b.durationSec) > toleranceSec)
    return `durations ${a.durationSec.toFixed(4)} and ${b.durationSec.toFixed(4)}`;
  const isSameTime = (time: number, i: number) => Math.abs(time - (b.timestamps[i] ?? NaN)) <= toleranceSec;
  if (a.timestamps.length !== b.timestamps.length || !a.timestamps.every(isSameTime))
    return `times ${a.timestamps.join()} and ${b.timestamps.join()}`;
  return a.numbers.join() === b.numbers.join() ? null : `frames ${a.numbers.join()} and ${b.numbers.join()}`;
}

/** A file without edits whose index lies first, and whose frames end more than one too early. */
function isLacking(
  { count: stored, rate, parts, isIndexFirst }: VideoRecipe,
  seen: SeenVideo | null,
): boolean {
  const [num = 1, den = 1] = rate.split('/').map(Number);
  return isIndexFirst && parts.length === 0 && seen !== null && seen.durationSec < ((stored - 1) * den) / num;
}

const described = (seen: Seen) => ('refused' in seen ? `refused (${seen.because})` : 'answered');

/** `isLacking` says that frames named by the index must be told to be missing. */
function compare(node: Seen, inPage: Seen, ffmpeg: SeenVideo | null, isLacking: boolean): string | null {
  if ('refused' in node || 'refused' in inPage) {
    if ('refused' in node && 'refused' in inPage && node.refused === inPage.refused) return null;
    return `Node: ${described(node)}; page: ${described(inPage)}`;
  }
  const aside = difference(node, inPage);
  if (aside !== null) return `Node and page: ${aside}`;
  if (node.isToldCut !== inPage.isToldCut)
    return `the end is ${node.isToldCut ? 'told' : 'not told'} to be missing in Node, otherwise in the page`;
  if (isLacking && !node.isToldCut) return 'frames that the index names are missing, and nothing tells it';
  if (!ffmpeg) return 'ffmpeg finds no frame';
  const truth = difference(node, ffmpeg);
  return truth && `Node and ffmpeg: ${truth}`;
}

test(`${seeds.length} seeded videos are the same in Node, in a page and in ffmpeg`, () =>
  orNotInstalled(async () => {
    const failures: string[] = [];
    let refusals = 0;
    for (const seed of seeds) {
      const recipe = videoRecipe(seed);
      current = makeVideo(recipe);
      const { rotation } = recipe;
      // Frames are read by the turn that undoes the one they were shown with.
      const inPage = await page.evaluate(([url, turn]) => seenInPage(url, turn), [
        `/video-${seed}`,
        rotation,
      ] as const);
      const node = await seenVideo(openVideo({ kind: 'path', path: current }, twoFps, 'video'), rotation);
      if ('refused' in node) refusals++;
      const ffmpeg = seenByFfmpeg(current, recipe);
      const found = compare(node, inPage, ffmpeg, isLacking(recipe, ffmpeg));
      if (found === null) continue;
      failures.push(
        `seed ${seed}: ${found}\n  SAME_VIDEOS=1 SAME_VIDEOS_SEED=${seed} brings it back: ${JSON.stringify(recipe)}`,
      );
      console.log(failures.at(-1));
    }
    console.log(
      `${seeds.length - failures.length} of ${seeds.length} videos are the same, ${refusals} of them refused by all`,
    );
    expect(failures).toEqual([]);
    // Most of them are whole; refusing everything would be the same everywhere, too.
    expect(refusals).toBeLessThan(Math.max(seeds.length / 4, 4));
  }));
