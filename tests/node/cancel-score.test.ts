// Scores that are cancelled at random moments: the signal's reason, the next one right, no buffer left.

import process from 'node:process';
import { afterAll, expect, test } from 'vitest';
import { Molmo2 } from '../../src/index.ts';
import { seededRandom } from '../../src/decoder/sampling.ts';
import { countBuffers } from '../count-buffers.ts';
import { fixtureUrl } from '../fixture-files.ts';
import { forcedKernels } from '../forced-family.ts';

const cancels = Number(process.env['CANCELLED_SCORES'] ?? 20);
const seed = Number(process.env['CANCELLED_SCORES_SEED'] ?? 1);

// No features are kept, so that every score looks at its picture.
const molmo = await Molmo2.load({ ...forcedKernels, featureCacheBytes: 0 });
afterAll(() => molmo.dispose());

test(`${cancels} scores that are cancelled at random moments leave nothing behind (seed ${seed})`, async () => {
  const input = {
    image: fixtureUrl('samples/image-1-168x168.png'),
    maxCrops: 1,
    prompt: 'Find the green squares.',
    answer: 'There are none.',
  };
  const buffers = countBuffers();
  const wanted = await molmo.score(input);
  const startMs = performance.now();
  expect(await molmo.score(input)).toMatchObject({ tokens: wanted.tokens, logprob: wanted.logprob });
  const wholeMs = performance.now() - startMs;
  const kept = buffers.count;
  const random = seededRandom(seed);
  let cancelled = 0;
  for (let run = 0; run < cancels; run++) {
    const controller = new AbortController();
    const reason = new Error(`score ${run} is not wanted`);
    const timer = setTimeout(() => controller.abort(reason), random() * wholeMs);
    try {
      // Slower or faster than the one before: either outcome is right, and most must be cancelled.
      expect((await molmo.score(input, controller)).logprob).toBe(wanted.logprob);
    } catch (error) {
      expect(error).toBe(reason);
      cancelled += 1;
    } finally {
      clearTimeout(timer);
    }
    expect((await molmo.score(input)).logprob).toBe(wanted.logprob);
    expect(buffers.count).toBe(kept);
  }
  expect(cancelled).toBeGreaterThanOrEqual(cancels / 2);
});
