// `npm run measure:scale`: a bundle of the 4B's size with random weights, loaded by the page through the door in headless
// Chromium with software rendering. The speed of warm loads is compared with a plain loop of the same run, each by the
// fastest of several that take turns: what else the machine does makes both slower, by chance. SCALE_BUNDLE names a folder where the bundle (3.1 GB) is kept for the next run.

import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { chromium, type BrowserContext, type Page } from 'playwright-core';
import { HeapWatch, memoryFreed, withPeaks, type Peaks } from './browser-memory.ts';
import type { Decoded, Load, ScalePage } from './page.ts';
import type { LoopResult } from './plain-loop.ts';
import { scaleSite } from './site.ts';
import { ensureChromium } from '../../scripts/chromium.ts';

const limits = { loopShare: 0.6, scriptBytes: 250e6, pssOverBundle: 1.5e9 };
const vocabulary = 151936;
const pairs = 4;
/** Two forced ids make one decode step: the first follows the prompt, the second is chosen from its logits. */
const forceIds = [1, 2];

declare const scale: ScalePage;

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
const speed = (bytes: number, ms: number) => `${(bytes / 1e3 / ms).toFixed(0)} MB/s`;
const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`;

function synth(folder: string): void {
  if (existsSync(join(folder, 'molmo2.json'))) return;
  const args = ['scripts/run.mjs', 'cli/main.ts', 'synth', 'molmo2-4b', folder, '--weights', 'q4'];
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
  if (status !== 0) throw new Error(`synth ended with status ${status}`);
}

function shardBytes(folder: string): number {
  const shards = readdirSync(folder).filter((file) => file.endsWith('.bin'));
  return shards.reduce((sum, file) => sum + statSync(join(folder, file)).size, 0);
}

interface Run {
  readonly cold: Load;
  readonly warm: readonly Load[];
  readonly loops: readonly LoopResult[];
  readonly decoded: Decoded;
  readonly loadPeaks: Peaks;
  readonly decodePeaks: Peaks;
}

async function openPage(context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage();
  page.on('pageerror', (error) => console.log(`page: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'log') console.log(message.text());
  });
  await page.goto(url);
  await page.waitForFunction(() => 'scale' in globalThis);
  return page;
}

async function loop(page: Page, bytes: number): Promise<LoopResult> {
  const result = await page.evaluate(() => scale.plainLoop());
  if (result.error !== null) throw new Error(`the plain loop failed: ${result.error}`);
  if (result.bytes !== bytes)
    throw new Error(`the plain loop found ${result.bytes} of ${bytes} bytes in the cache`);
  console.log(`plain loop: ${seconds(result.ms)}, ${speed(bytes, result.ms)}`);
  return result;
}

async function measure(
  context: BrowserContext,
  profile: string,
  url: string,
  model: string,
  bytes: number,
): Promise<Run> {
  const page = await openPage(context, url);
  const heaps = await HeapWatch.open(await context.newCDPSession(page));
  const load = async (name: string) => {
    const value = await page.evaluate((address) => scale.load(address), model);
    const { loadMs, ms, notices, keptBytes } = value;
    console.log(
      `${name} load: ${seconds(loadMs)}, ${speed(bytes, loadMs)} (${seconds(ms)} with the worker's start)`,
    );
    for (const notice of notices) console.log(`notice: ${notice}`);
    if (keptBytes < bytes) throw new Error(`only ${keptBytes} of ${bytes} bytes are kept in the cache`);
    return value;
  };
  const watchedLoad = async (name: string) => {
    const { value, peaks } = await withPeaks(profile, heaps, () => load(name));
    if (peaks.workerSamples === 0) throw new Error("no sample saw the worker's heap");
    console.log(
      `  peaks in ${peaks.samples} samples: ${megabytes(peaks.scriptBytes)} of script, ${megabytes(peaks.pssBytes)} of processes`,
    );
    return { value, peaks };
  };
  const dispose = async () => {
    await page.evaluate(() => scale.dispose());
    await memoryFreed(profile);
  };
  const { value: cold, peaks: coldPeaks } = await watchedLoad('cold');
  await dispose();
  const loops: LoopResult[] = [];
  const warm: Load[] = [];
  // Nobody watches these: reading the memory of a process holds it up.
  for (let pair = 0; pair < pairs; pair++) {
    loops.push(await loop(page, bytes));
    await memoryFreed(profile);
    warm.push(await load('warm'));
    await dispose();
  }
  const { peaks: warmPeaks } = await watchedLoad('warm');
  const work = () => page.evaluate((ids) => scale.decode(ids), forceIds);
  const { value: decoded, peaks: decodePeaks } = await withPeaks(profile, heaps, work);
  await dispose();
  return { cold, warm, loops, decoded, loadPeaks: highest([coldPeaks, warmPeaks]), decodePeaks };
}

function highest(peaks: readonly Peaks[]): Peaks {
  const most = (key: keyof Peaks) => Math.max(...peaks.map((one) => one[key]));
  return {
    pssBytes: most('pssBytes'),
    scriptBytes: most('scriptBytes'),
    samples: most('samples'),
    workerSamples: most('workerSamples'),
  };
}

interface Row {
  readonly figure: string;
  readonly measured: string;
  readonly limit: string;
  readonly holds: boolean;
}

function report({ cold, warm, loops, decoded, loadPeaks, decodePeaks }: Run, bytes: number): Row[] {
  const warmMs = Math.min(...warm.map(({ loadMs }) => loadMs));
  const loopMs = Math.min(...loops.map(({ ms }) => ms));
  const pssLimit = bytes + limits.pssOverBundle;
  const pss = (peaks: Peaks) => ({
    measured: megabytes(peaks.pssBytes),
    limit: `at most ${megabytes(pssLimit)}`,
    holds: peaks.pssBytes <= pssLimit,
  });
  const script = (peaks: Peaks) => ({
    measured: megabytes(peaks.scriptBytes),
    limit: `at most ${megabytes(limits.scriptBytes)}`,
    holds: peaks.scriptBytes <= limits.scriptBytes,
  });
  const fact = { limit: '', holds: true };
  const { promptTokens, tokenIds, timings, shape, finite, range } = decoded;
  const rightLogits =
    finite && shape[0] === forceIds.length && shape[1] === vocabulary && range[0] < range[1];
  return [
    { figure: 'bundle', measured: megabytes(bytes), ...fact },
    { figure: 'cold load', measured: `${seconds(cold.loadMs)}, ${speed(bytes, cold.loadMs)}`, ...fact },
    { figure: 'plain loop', measured: `${seconds(loopMs)}, ${speed(bytes, loopMs)}`, ...fact },
    { figure: 'warm load', measured: `${seconds(warmMs)}, ${speed(bytes, warmMs)}`, ...fact },
    {
      figure: 'warm load against the plain loop',
      measured: `${((100 * loopMs) / warmMs).toFixed(0)}%`,
      limit: `at least ${100 * limits.loopShare}%`,
      holds: loopMs / warmMs >= limits.loopShare,
    },
    { figure: 'heap and array buffers, loads', ...script(loadPeaks) },
    { figure: 'heap and array buffers, decode', ...script(decodePeaks) },
    { figure: 'PSS, loads', ...pss(loadPeaks) },
    { figure: 'PSS, decode', ...pss(decodePeaks) },
    { figure: `prefill of ${promptTokens} tokens`, measured: seconds(timings.prefillMs), ...fact },
    {
      figure: 'one decode step',
      measured: `${seconds(timings.decodeMs)}, logits [${shape.join(', ')}] from ${range.map((value) => value.toFixed(2)).join(' to ')}`,
      limit: `finite, ${vocabulary} wide`,
      holds: rightLogits && tokenIds.join() === forceIds.join(),
    },
  ];
}

const folder = mkdtempSync(join(process.env['MEASURE_DIR'] ?? tmpdir(), 'molmo2-scale-'));
const bundle = process.env['SCALE_BUNDLE'] ?? join(folder, 'bundle');
const profile = join(folder, 'profile');

try {
  synth(bundle);
  const bytes = shardBytes(bundle);
  const { executablePath, args } = await ensureChromium();
  const site = await scaleSite(bundle);
  try {
    const context = await chromium.launchPersistentContext(profile, { executablePath, args });
    try {
      const rows = report(await measure(context, profile, site.url, site.bundleUrl, bytes), bytes);
      for (const { figure, measured, limit, holds } of rows)
        console.log(
          `${figure.padEnd(34)} ${measured}${limit === '' ? '' : ` (${limit}) - ${holds ? 'holds' : 'DOES NOT HOLD'}`}`,
        );
      process.exitCode = rows.every(({ holds }) => holds) ? 0 : 1;
    } finally {
      await context.close();
    }
  } finally {
    site.close();
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
