// Walks and plans that are cancelled at random moments: the signal's reason, the next question right, no buffer left.

import process from 'node:process';
import { afterAll, expect, test } from 'vitest';
import { Molmo2, type WindowsAnswer } from '../../src/index.ts';
import { seededRandom } from '../../src/decoder/sampling.ts';
import { forcedKernels } from '../forced-family.ts';
import { watchBuffers } from '../live-buffers.ts';
import { answerOf, exactMedia, samples } from '../parity/samples.ts';
import { questionLike } from '../sample-questions.ts';

const cancels = Number(process.env['CANCELLED_WALKS'] ?? 5);
const seed = Number(process.env['CANCELLED_WALKS_SEED'] ?? 1);

const buffers = await watchBuffers();
const molmo = await Molmo2.load(forcedKernels);
afterAll(() => molmo.dispose());

const { sample, question } = questionLike(await samples(), { kind: 'video', says: 'tracks' });
const clip = exactMedia(sample);
const walk = {
  video: clip.video!,
  prompt: question,
  windowSec: 1,
  overlapSec: 0.5,
  endSec: 2,
};
const next = { prompt: 'Hi' };

async function walked(signal?: AbortSignal): Promise<WindowsAnswer> {
  for await (const event of molmo.askWindows(walk, signal && { signal }))
    if (event.type === 'done') return event.answer;
  throw new Error('no answer');
}

/** Cancels `work` at a random moment of the time it takes; says whether it was. */
async function cancelled(
  number: number,
  wholeMs: number,
  random: () => number,
  work: (signal: AbortSignal) => Promise<unknown>,
) {
  const controller = new AbortController();
  const reason = new Error(`number ${number} is not wanted`);
  const timer = setTimeout(() => controller.abort(reason), random() * wholeMs);
  try {
    await work(controller.signal);
    return false;
  } catch (error) {
    expect(error).toBe(reason);
    return true;
  } finally {
    clearTimeout(timer);
  }
}

async function timed<T>(work: () => Promise<T>): Promise<{ value: T; ms: number }> {
  const startMs = performance.now();
  const value = await work();
  return { value, ms: performance.now() - startMs };
}

test(`${cancels} walks that are cancelled at random moments leave nothing behind (seed ${seed})`, async () => {
  const random = seededRandom(seed);
  const wanted = await answerOf(molmo, next);
  await walked();
  const { value: whole, ms } = await timed(() => walked());
  expect(whole.windows).toHaveLength(3);
  await answerOf(molmo, next);
  const kept = buffers.count;
  let count = 0;
  for (let run = 0; run < cancels; run++) {
    if (await cancelled(run, ms, random, walked)) count += 1;
    // A question in turn comes when the walk has ended and given back what it had.
    expect((await answerOf(molmo, next)).text).toBe(wanted.text);
    expect(buffers.count).toBe(kept);
  }
  expect(count).toBeGreaterThanOrEqual(cancels / 2);
  expect(await walked()).toEqual({ ...whole, timings: expect.anything() });
});

test(`${4 * cancels} plans that are cancelled at random moments leave nothing behind (seed ${seed})`, async () => {
  const random = seededRandom(seed + 1);
  const asked = { ...clip, prompt: walk.prompt };
  await molmo.planQuestion(asked);
  const { value: whole, ms } = await timed(() => molmo.planQuestion(asked));
  const kept = buffers.count;
  for (let run = 0; run < 4 * cancels; run++) {
    await cancelled(run, ms, random, (signal) => molmo.planQuestion(asked, { signal }));
    expect(await molmo.planQuestion(asked)).toEqual({ ...whole, seconds: expect.anything() });
    expect(buffers.count).toBe(kept);
  }
});
