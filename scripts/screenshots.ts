// `npm run screenshots`: pictures of the demo's main states, for the README (docs/demo.png) and for who reads docs/ (docs/screens), on a
// desktop and on a phone, light and dark. Each is made by doing what a visitor does, on the built page. Names may be given: those alone are taken.

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { type Browser, chromium, type Page } from 'playwright-core';
import sharp from 'sharp';
import { build, preview } from 'vite';
import { root } from './cache.ts';
import { chromiumArgs } from './chromium-probe.ts';
import { ensureChromium } from './chromium.ts';
import type { DemoSample } from './demo-samples.ts';

const largestBytes = 200_000;
const timeout = 180_000;
const samples = JSON.parse(await readFile(join(root, 'demo/samples.json'), 'utf8')) as DemoSample[];

const desktop = { width: 1200, height: 760 };
const phone = { width: 390, height: 844 };

interface Shot {
  /** In docs/, without its ending. */
  readonly file: string;
  readonly size: { readonly width: number; readonly height: number };
  readonly scheme: 'light' | 'dark';
  readonly path: string;
  /** At an address that is not secure, where nothing can answer. */
  readonly bare?: boolean;
  readonly act: (page: Page) => Promise<void>;
}

const answered = (page: Page) => page.waitForSelector('#turns [data-state="answered"]', { timeout });

function clipThat(starts: string): DemoSample {
  const found = samples.find(
    ({ files, questions }) => files[0]?.endsWith('.mp4') && questions[0]?.answer.startsWith(starts),
  );
  if (!found) throw new Error(`demo/samples.json has no clip whose first answer begins with ${starts}.`);
  return found;
}

/** The clip in the middle of its way, its track drawn. */
async function trackedClip(page: Page): Promise<void> {
  await page.waitForSelector('body[data-state="ready"]', { timeout });
  await page.click(`[data-sample="${clipThat('<tracks').name}"]`);
  await answered(page);
  await page.evaluate(async () => {
    const video = document.querySelector('video');
    if (!video) throw new Error('the clip is not shown');
    video.pause();
    const seeked = new Promise((done) => video.addEventListener('seeked', done, { once: true }));
    video.currentTime = 0.4 * video.duration;
    await seeked;
    scrollTo(0, 0);
  });
}

/** The same clip with its marks being corrected. */
async function corrected(page: Page): Promise<void> {
  await trackedClip(page);
  await page.click('.edit-tools button:has-text("Correct")');
  await page.locator('#points').scrollIntoViewIfNeeded();
}

/** A picture that two questions were asked about at once. */
async function compared(page: Page): Promise<void> {
  await page.waitForSelector('body[data-state="ready"]', { timeout });
  const points = ({ answer }: DemoSample['questions'][number]) => answer.includes('<points');
  const picture = samples.find(({ questions }) => questions.filter(points).length > 1);
  if (!picture) throw new Error('demo/samples.json has no picture with two questions for points.');
  await page.click(`[data-sample="${picture.name}"]`);
  await answered(page);
  await page.click('#another');
  const prompts = picture.questions.filter(points).map(({ question }) => question);
  await page.fill('#prompt', prompts.slice(0, 2).join('\n'));
  await page.click('#ask');
  await page.waitForSelector('#comparison .compared:nth-child(2) .compared-count', { timeout });
  await page.waitForSelector('body[data-state="ready"]', { timeout });
}

async function modelMenu(page: Page): Promise<void> {
  await answered(page);
  await page.click('#model-button');
  await page.waitForSelector('#model-dialog[open]');
}

async function charts(page: Page): Promise<void> {
  await page.waitForSelector('.plot-figure');
  await page.evaluate(() => document.querySelector('.plot-figure')?.scrollIntoView());
}

async function recorded(page: Page): Promise<void> {
  await page.waitForSelector('.recorded video');
  await page.waitForSelector('body[data-state="error"]', { timeout });
  await page.waitForFunction(
    () => (document.querySelector<HTMLVideoElement>('.recorded video')?.readyState ?? 0) > 1,
  );
}

const none = '?sample=none';
const shots: readonly Shot[] = [
  { file: 'demo', size: desktop, scheme: 'light', path: none, act: trackedClip },
  { file: 'screens/track-desktop-dark', size: desktop, scheme: 'dark', path: none, act: trackedClip },
  { file: 'screens/track-phone-light', size: phone, scheme: 'light', path: none, act: trackedClip },
  { file: 'screens/track-phone-dark', size: phone, scheme: 'dark', path: none, act: trackedClip },
  { file: 'screens/correct-desktop-light', size: desktop, scheme: 'light', path: none, act: corrected },
  { file: 'screens/correct-phone-dark', size: phone, scheme: 'dark', path: none, act: corrected },
  { file: 'screens/compare-desktop-dark', size: desktop, scheme: 'dark', path: none, act: compared },
  { file: 'screens/compare-phone-light', size: phone, scheme: 'light', path: none, act: compared },
  { file: 'screens/model-desktop-light', size: desktop, scheme: 'light', path: '', act: modelMenu },
  { file: 'screens/model-phone-dark', size: phone, scheme: 'dark', path: '', act: modelMenu },
  {
    file: 'screens/recorded-desktop-dark',
    size: desktop,
    scheme: 'dark',
    path: '',
    bare: true,
    act: recorded,
  },
  { file: 'screens/recorded-phone-light', size: phone, scheme: 'light', path: '', bare: true, act: recorded },
  { file: 'screens/charts-desktop-light', size: desktop, scheme: 'light', path: 'bench/', act: charts },
  { file: 'screens/charts-phone-dark', size: phone, scheme: 'dark', path: 'bench/', act: charts },
];

async function take(browser: Browser, url: string, shot: Shot): Promise<void> {
  const { file, size, scheme, path, act } = shot;
  const context = await browser.newContext({
    viewport: size,
    colorScheme: scheme,
    hasTouch: size === phone,
    isMobile: size === phone, // scrollbars lie over the page there
    reducedMotion: 'reduce',
    serviceWorkers: 'block',
  });
  try {
    const page = await context.newPage();
    await page.goto(url + path);
    await act(page);
    await page.waitForTimeout(700); // the overlay follows with the next frames, and so does what fades
    const place = join(root, 'docs', `${file}.png`);
    mkdirSync(dirname(place), { recursive: true });
    // 256 colours are what a page has; the files stay small enough for a repository.
    const { size: bytes } = await sharp(await page.screenshot())
      .png({ palette: true, effort: 10 })
      .toFile(place);
    console.log(`docs/${file}.png: ${Math.round(bytes / 1000)} KB`);
    if (bytes > largestBytes)
      throw new Error(`docs/${file}.png has ${bytes} bytes, more than ${largestBytes}.`);
  } finally {
    await context.close();
  }
}

const wanted = process.argv.slice(2);
const chosen = shots.filter(({ file }) => wanted.length === 0 || wanted.some((name) => file.includes(name)));
if (chosen.length === 0) throw new Error(`No picture is called ${wanted.join(' or ')}.`);

const outDir = mkdtempSync(join(tmpdir(), 'molmo2-screens-'));
const configFile = join(root, 'vite.config.ts');
await build({ configFile, logLevel: 'error', build: { outDir, emptyOutDir: true } });
const server = await preview({
  configFile,
  build: { outDir },
  preview: { port: 0, open: false, host: '127.0.0.1', allowedHosts: true },
});
const { executablePath } = await ensureChromium();
const args = chromiumArgs(executablePath);
const bareArgs = [...args, '--host-resolver-rules=MAP insecure.test 127.0.0.1'];
const [browser, bare] = await Promise.all([
  chromium.launch({ executablePath, args }),
  chromium.launch({ executablePath, args: bareArgs }),
]);
try {
  const url = server.resolvedUrls?.local[0] ?? '';
  for (const shot of chosen) {
    if (shot.bare) await take(bare, url.replace('127.0.0.1', 'insecure.test'), shot);
    else await take(browser, url, shot);
  }
} finally {
  await Promise.all([browser.close(), bare.close(), server.close()]);
  rmSync(outDir, { recursive: true });
}
