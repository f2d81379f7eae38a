// Loads, asks and disposes, over and over, in a process of its own: node --expose-gc scripts/run.mjs tests/leaks/cycles.ts
// CYCLES SEED. Prints a line of JSON for each cycle: what is left of it. Every other one is ended at a random moment of the load
// or of the question, by a signal or by `dispose()`.

import process from 'node:process';
import { seededRandom } from '../../src/decoder/sampling.ts';
import { Molmo2, type AskInput } from '../../src/index.ts';
import { watchBuffers } from '../live-buffers.ts';
import { exactMedia, samples } from '../parity/samples.ts';
import { questionLike } from '../sample-questions.ts';

/** What a cycle leaves behind. */
export interface Cycle {
  readonly how: 'whole' | 'in the load' | 'in the question';
  /** From the signal to the rejection; null for a whole cycle and for `dispose()`. */
  readonly settleMs: number | null;
  /** What was submitted to the GPU after it was ended. */
  readonly submits: number;
  /** Buffers that were made and not destroyed, once nothing runs any more. */
  readonly buffers: number;
  readonly heapBytes: number;
  readonly processBytes: number;
}

const [cycles = '10', seed = '1'] = process.argv.slice(2);
const { gc } = globalThis as { readonly gc?: () => void };
if (!gc) throw new Error('node needs --expose-gc');

const buffers = await watchBuffers();
const random = seededRandom(Number(seed));
const { sample, ...asked } = questionLike(await samples(), { form: 'one crop', says: 'points' });
const input: AskInput = { ...exactMedia(sample), prompt: asked.question };
const disposed = 'The model was disposed. Load it again.';

let submits = 0;
const { submit } = GPUQueue.prototype;
GPUQueue.prototype.submit = function (this: GPUQueue, lists) {
  submits += 1;
  return submit.call(this, lists);
};

let loadMs = 0;
let askMs = 0;

type Outcome = Pick<Cycle, 'how' | 'settleMs'>;

async function whole(): Promise<Outcome> {
  const startMs = performance.now();
  const molmo = await Molmo2.load();
  loadMs = performance.now() - startMs;
  let text = '';
  for await (const event of molmo.ask(input)) if (event.type === 'done') text = event.answer.text;
  askMs = performance.now() - startMs - loadMs;
  if (text !== asked.answer) throw new Error(`the answer is ${text}, not ${asked.answer}`);
  molmo.dispose();
  return { how: 'whole', settleMs: null };
}

async function cutShort(): Promise<Outcome> {
  const { signal, abort } = stopper();
  const open: { molmo: Molmo2 | null } = { molmo: null };
  const isLoad = random() < 0.5;
  const isDispose = !isLoad && random() < 0.5;
  let endedMs = 0;
  const end = () => {
    endedMs = performance.now();
    submits = 0;
    if (isDispose) open.molmo?.dispose();
    else abort();
  };
  let timer = isLoad ? setTimeout(end, random() * loadMs) : undefined;
  try {
    open.molmo = await Molmo2.load({ signal });
    clearTimeout(timer);
    if (isLoad) return { how: 'whole', settleMs: null }; // it was faster this time
    timer = setTimeout(end, random() * askMs);
    for await (const event of open.molmo.ask(input, { signal })) if (event.type === 'done') break;
    return { how: 'whole', settleMs: null };
  } catch (error) {
    if (error !== reason && !(error instanceof Error && error.message === disposed)) throw error;
    const settleMs = isDispose ? null : performance.now() - endedMs;
    return { how: isLoad ? 'in the load' : 'in the question', settleMs };
  } finally {
    clearTimeout(timer);
    open.molmo?.dispose();
  }
}

const reason = new Error('nobody wants it any more');

function stopper(): { signal: AbortSignal; abort: () => void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort(reason) };
}

/** Waits for what cannot be called back: a slice of GPU work, a kernel that is being compiled. */
async function quiet(): Promise<void> {
  for (let waits = 0; waits < 3 || (buffers.count > 0 && waits < 100); waits++)
    await new Promise((resolve) => setTimeout(resolve, 20));
}

for (let cycle = 0; cycle < Number(cycles); cycle++) {
  const outcome = await (cycle % 2 === 1 ? cutShort() : whole());
  await quiet();
  const after = outcome.how === 'whole' ? 0 : submits;
  buffers.takeBytes(/./); // what it remembers of them is no leak of ours
  gc();
  const { heapUsed: heapBytes, rss: processBytes } = process.memoryUsage();
  const left: Cycle = { ...outcome, submits: after, buffers: buffers.count, heapBytes, processBytes };
  console.log(JSON.stringify(left));
}
process.exit(0); // Dawn keeps a process that has nothing to do
