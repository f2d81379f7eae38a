// Loads a model in a page's worker, asks it and loads the next, every other time cut short at a random moment, and looks at what the
// page holds between: node scripts/run.mjs tests/leaks/in-page.ts CYCLES SEED. Exits with 1 where anything is left.

import process from 'node:process';
import { chromium } from 'playwright-core';
import { chromiumArgs } from '../../scripts/chromium-probe.ts';
import { ensureChromium } from '../../scripts/chromium.ts';
import { seededRandom } from '../../src/decoder/sampling.ts';
import { HeapWatch } from '../soak/heap.ts';
import { all, reference } from '../soak/orders.ts';
import type { Order, Outcome } from '../soak/page.ts';
import { tabsSite } from '../tabs/site.ts';

// Caches fill meanwhile.
const warmCycles = 40;

const [cycles = 10, seed = 1] = process.argv.slice(2).map(Number);
const random = seededRandom(seed);
const question = all.find(({ kind }) => kind === 'image');
if (!question) throw new Error('there is no picture among the samples');
const right = reference.get(`${question.files.join()} ${question.prompt}`);

const { executablePath } = await ensureChromium();
const [site, browser] = await Promise.all([
  tabsSite('tests/soak/page.ts'),
  chromium.launch({ executablePath, args: chromiumArgs(executablePath) }),
]);
const page = await (await browser.newContext()).newPage();
await page.goto(site.url);
await page.waitForFunction(() => 'perform' in globalThis);
const heap = await HeapWatch.of(page);
const wrong: string[] = [];

async function carryOut(order: Order): Promise<number> {
  const startMs = performance.now();
  const { texts, error }: Outcome = await page.evaluate((given) => perform(given), order);
  const isCut = 'cancelMs' in order && order.cancelMs !== undefined && error?.name === 'AbortError';
  if (error && !isCut) wrong.push(`${error.name}: ${error.message}`);
  if (!error && order.kind === 'ask' && texts[0] !== right)
    wrong.push(`the answer is ${texts[0]}, not ${right}`);
  return performance.now() - startMs;
}

let [loadMs, askMs, cut, warmBytes] = [2000, 1000, 0, 0];
const settings = { model: 'shapes', cache: false };
for (let i = 0; i < cycles; i++) {
  const isCut = i % 2 === 1;
  const inLoad = isCut && random() < 0.5;
  const load: Order = { kind: 'load', settings, ...(inLoad && { cancelMs: random() * loadMs }) };
  const spentMs = await carryOut(load);
  cut += isCut ? 1 : 0;
  if (!inLoad) {
    loadMs = spentMs;
    const spent = await carryOut({
      kind: 'ask',
      question,
      later: [],
      ...(isCut && { cancelMs: random() * askMs }),
    });
    if (!isCut) askMs = spent;
  }
  await carryOut({ kind: 'dispose' });
  // What cannot be called back ends first: a slice of GPU work, a kernel that is being compiled.
  for (let waits = 0; waits < 100 && page.workers().length > 0; waits++) await page.waitForTimeout(100);
  const workers = page.workers().length;
  const locks = await page.evaluate(async () => (await navigator.locks.query()).held?.length ?? 0);
  if (workers + locks > 0) wrong.push(`cycle ${i + 1} left ${workers} workers and ${locks} locks`);
  if (i === Math.min(warmCycles, Math.floor(cycles / 2))) warmBytes = (await heap.measure()).page;
}
const bytes = (await heap.measure()).page;
await browser.close();
site.close();
const grown = 100 * (bytes / warmBytes - 1);
if (grown > 5) wrong.push(`the objects of the page grew by ${grown.toFixed(1)}%`);
console.log(
  `${cycles} cycles, ${cut} of them cut short: objects of ${warmBytes} bytes, at the end of ${bytes} (${grown.toFixed(1)}%), ${wrong.length} wrong (seed ${seed})`,
);
for (const line of wrong) console.log(line);
process.exit(wrong.length > 0 ? 1 : 0);
