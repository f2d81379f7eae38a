// Drives a page for some minutes with a seeded mix of everything, and checks answers, GPU buffers and JavaScript heap at every step:
// node scripts/run.mjs tests/soak/main.ts MINUTES SEED. Exits with 1 where anything was wrong.

import process from 'node:process';
import { chromium, type BrowserContext, type Page } from 'playwright-core';
import { chromiumArgs } from '../../scripts/chromium-probe.ts';
import { ensureChromium } from '../../scripts/chromium.ts';
import { seededRandom } from '../../src/decoder/sampling.ts';
import { tabsSite, type TabsSite } from '../tabs/site.ts';
import { leaks, type Left } from './growth.ts';
import { HeapWatch } from './heap.ts';
import { watchWorker } from './in-worker.ts';
import { models, Mix, reference, type Disturbance, type Step } from './orders.ts';
import type { Order, Outcome } from './page.ts';

/** How many steps go by between two looks at the heaps: each takes a while. */
const heapSteps = 40;

const hangMs = 180_000;

class Soak {
  readonly wrong: string[] = [];
  readonly left: Left[] = [];
  readonly counts = new Map<string, number>();
  readonly #site: TabsSite;
  readonly #context: BrowserContext;
  readonly #page: Page;
  readonly #heap: HeapWatch;
  /** What an order was answered with the first time, by model. */
  readonly #answers = new Map<string, string>();
  #model = '';
  #life = 0;
  #lostMs: number[] = [];

  constructor(site: TabsSite, context: BrowserContext, page: Page, heap: HeapWatch) {
    this.#site = site;
    this.#context = context;
    this.#page = page;
    this.#heap = heap;
  }

  /** Whether one more loss is no third within a minute. */
  get mayLose(): boolean {
    const now = performance.now();
    this.#lostMs = this.#lostMs.filter((ms) => now - ms < 70_000);
    return this.#lostMs.length < 2;
  }

  async step(step: Step): Promise<void> {
    const { order, meanwhile, mayFail } = step;
    const name =
      meanwhile.kind === 'none'
        ? 'cancelMs' in order
          ? `${order.kind}, cancelled`
          : order.kind
        : `${order.kind}, ${meanwhile.kind}`;
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
    const outcome = await this.#during(meanwhile, () => this.#perform(order));
    const complaint = this.#complaint(order, meanwhile, mayFail, outcome);
    if (complaint) this.#note(`step ${this.left.length + 1}: ${complaint}\n  ${JSON.stringify(step)}`);
    if (order.kind === 'load') {
      this.#life += 1;
      this.#model = outcome.error ? '' : JSON.stringify({ ...order.settings, share: undefined });
    }
    // Whatever a bad network left behind, the next load is a good one.
    if (this.#model === '') await this.step(new Mix(() => 0).load());
    await this.#measure();
  }

  /** Tells what is wrong at once: an hour is long. */
  #note(complaint: string): void {
    this.wrong.push(complaint);
    console.log(complaint);
  }

  async #perform(order: Order): Promise<Outcome> {
    const hung = new Promise<Outcome>((resolve) => {
      const error = { name: 'Hang', code: null, message: `nothing came in ${hangMs / 1000} s` };
      setTimeout(() => resolve({ texts: [], losses: 0, error }), hangMs).unref();
    });
    return Promise.race([this.#page.evaluate((given) => perform(given), order), hung]);
  }

  async #during(meanwhile: Disturbance, work: () => Promise<Outcome>): Promise<Outcome> {
    switch (meanwhile.kind) {
      case 'none':
        return work();
      case 'hidden': {
        const other = await this.#context.newPage();
        await other.bringToFront();
        const outcome = await work();
        await other.close();
        return outcome;
      }
      case 'lost': {
        const before = await this.#inWorkers('devicesLost');
        await this.#inWorkers(`loseDevice(${meanwhile.submits})`);
        const outcome = await work();
        await this.#inWorkers('loseDevice(-1)');
        // Not by what was told: a score tells nothing, a cancelled question not always.
        if ((await this.#inWorkers('devicesLost')) > before) this.#lostMs.push(performance.now());
        return outcome;
      }
      case 'network': {
        let left = meanwhile.requests;
        const { meddle } = this.#site;
        const { status, body } = meanwhile;
        this.#site.meddle = (path) =>
          meanwhile.file.test(path) && left-- > 0 ? { status, body } : meddle(path);
        const outcome = await work();
        this.#site.meddle = meddle;
        return outcome;
      }
    }
  }

  #complaint(
    order: Order,
    meanwhile: Disturbance,
    mayFail: readonly string[],
    { texts, losses, error }: Outcome,
  ): string | null {
    if (error) {
      const fine = mayFail.includes(error.code ?? error.name);
      return fine ? null : `${error.name} ${error.code ?? ''}: ${error.message}`;
    }
    if (order.kind === 'broken') return null;
    if (order.kind !== 'load' && losses > (meanwhile.kind === 'lost' ? 1 : 0))
      return `${losses} losses were told`;
    const found = JSON.stringify(texts);
    if (order.kind === 'ask' && this.#model === JSON.stringify({ model: 'shapes' })) {
      const { files, prompt } = order.question;
      const right = reference.get(`${files.join()} ${prompt}`);
      if (right !== undefined && texts[0] !== right)
        return `the answer is ${found}, PyTorch's ${JSON.stringify(right)}`;
    }
    const key = `${this.#model} ${JSON.stringify({ ...order, cancelMs: undefined })}`;
    const before = this.#answers.get(key) ?? found;
    this.#answers.set(key, before);
    return before === found ? null : `the answer is ${found}, before it was ${before}`;
  }

  async #measure(): Promise<void> {
    const [gpuBytes, gpuBuffers] = await Promise.all([
      this.#inWorkers('gpuBytes'),
      this.#inWorkers('gpuBuffers'),
    ]);
    const heap = this.left.length % heapSteps === 0 ? await this.#heap.measure() : null;
    this.left.push({ model: this.#model, life: this.#life, gpuBytes, gpuBuffers, heap });
  }

  /** The sum of what all workers say. */
  async #inWorkers(expression: string): Promise<number> {
    const said = await Promise.all(
      this.#page.workers().map((worker) => worker.evaluate(expression).catch(() => 0)),
    );
    return said.reduce((sum: number, one) => sum + Number(one ?? 0), 0);
  }
}

async function run(minutes: number, seed: number): Promise<number> {
  const mix = new Mix(seededRandom(seed));
  const { executablePath } = await ensureChromium();
  const [site, browser] = await Promise.all([
    tabsSite('tests/soak/page.ts'),
    chromium.launch({ executablePath, args: chromiumArgs(executablePath) }),
  ]);
  const worker = site.text('worker.js');
  const watched = `(${String(watchWorker)})();\n${worker}`;
  site.meddle = (path) => (path === '/worker.js' ? { body: watched } : null);
  const context = await browser.newContext();
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(`nobody caught: ${error.message}`));
  await page.goto(site.url);
  await page.waitForFunction(() => 'perform' in globalThis);
  const soak = new Soak(site, context, page, await HeapWatch.of(page));
  const endMs = performance.now() + minutes * 60_000;
  let toldMs = performance.now();
  await soak.step(mix.load(models[0]));
  while (performance.now() < endMs && soak.wrong.length < 10) {
    await soak.step(mix.next(soak.mayLose));
    if (performance.now() - toldMs < 60_000) continue;
    toldMs = performance.now();
    console.log(
      `${((endMs - toldMs) / 60_000).toFixed(0)} minutes left, ${soak.left.length} steps, ${soak.wrong.length} wrong`,
    );
  }
  await browser.close();
  site.close();
  console.log(
    [...soak.counts]
      .toSorted(([a], [b]) => a.localeCompare(b))
      .map(([name, count]) => `${count} x ${name}`)
      .join('\n'),
  );
  const others = [...errors, ...leaks(soak.left)];
  const wrong = soak.wrong.length + others.length;
  console.log(`${soak.left.length} steps (seed ${seed}), ${wrong} wrong`);
  for (const line of others) console.log(line);
  return wrong;
}

const [minutes = '1', seed = String(Date.now() % 1_000_000_000)] = process.argv.slice(2);
process.exit((await run(Number(minutes), Number(seed))) > 0 ? 1 : 0);
