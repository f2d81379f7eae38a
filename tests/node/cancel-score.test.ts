// Scores, and answers that must be something, that are cancelled at random moments: the signal's reason, the next one right,
// no buffer left.

import process from 'node:process';
import { afterAll, expect, test } from 'vitest';
import { Molmo2 } from '../../src/index.ts';
import { seededRandom } from '../../src/decoder/sampling.ts';
import { countBuffers } from '../count-buffers.ts';
import { fixtureUrl } from '../fixture-files.ts';
import { forcedKernels } from '../forced-family.ts';

const cancels = Number(process.env['CANCELLED_SCORES'] ?? 10);
const seed = Number(process.env['CANCELLED_SCORES_SEED'] ?? 1);

// No features are kept, so that every score looks at its picture.
const molmo = await Molmo2.load({ ...forcedKernels, featureCacheBytes: 0 });
afterAll(() => molmo.dispose());

/** Cancels work at random moments; it gives `wanted` every time that it is left alone, and leaves nothing behind. */
async function cancelAtRandom<T>(name: string, work: (signal?: AbortSignal) => Promise<T>): Promise<void> {
  const buffers = countBuffers();
  const wanted = await work();
  const startMs = performance.now();
  expect(await work()).toEqual(wanted);
  const wholeMs = performance.now() - startMs;
  const kept = buffers.count;
  const random = seededRandom(seed);
  let cancelled = 0;
  for (let run = 0; run < cancels; run++) {
    const controller = new AbortController();
    const reason = new Error(`${name} ${run} is not wanted`);
    const timer = setTimeout(() => controller.abort(reason), random() * wholeMs);
    try {
      // Slower or faster than the one before: either outcome is right, and most must be cancelled.
      expect(await work(controller.signal)).toEqual(wanted);
    } catch (error) {
      expect(error).toBe(reason);
      cancelled += 1;
    } finally {
      clearTimeout(timer);
    }
    expect(await work()).toEqual(wanted);
    expect(buffers.count).toBe(kept);
  }
  expect(cancelled).toBeGreaterThanOrEqual(cancels / 2);
}

const input = {
  image: fixtureUrl('samples/image-1-168x168.png'),
  maxCrops: 1,
  prompt: 'Find the green squares.',
};

test(`${cancels} scores that are cancelled at random moments leave nothing behind (seed ${seed})`, async () => {
  await cancelAtRandom('score', async (signal) => {
    const options = signal ? { signal } : {};
    const { tokens, logprob } = await molmo.score({ ...input, answer: 'There are none.' }, options);
    return { tokens, logprob };
  });
});

test(`${cancels} answers that must be JSON, cancelled at random moments, leave nothing behind (seed ${seed})`, async () => {
  const properties = { colour: { enum: ['green', 'red'] }, words: { type: 'string', maxLength: 6 } };
  const expectation = { jsonSchema: { type: 'object', properties, required: ['colour', 'words'] } };
  await cancelAtRandom('answer', async (signal) => {
    const options = { expect: expectation, temperature: 1, seed: 7, ...(signal && { signal }) };
    for await (const event of molmo.ask(input, options)) if (event.type === 'done') return event.answer.text;
    throw new Error('no answer');
  });
});
