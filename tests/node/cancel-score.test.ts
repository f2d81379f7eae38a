// Scores, and answers that must be something, that are cancelled at random moments: the signal's reason, the next one right,
// no buffer left.

import process from 'node:process';
import { afterAll, test } from 'vitest';
import { Molmo2 } from '../../src/index.ts';
import { cancelAtRandom } from '../cancel-at-random.ts';
import { forcedKernels } from '../forced-family.ts';
import { watchBuffers } from '../live-buffers.ts';
import { exactMedia, samples } from '../parity/samples.ts';
import { questionLike } from '../sample-questions.ts';

const cancels = Number(process.env['CANCELLED_SCORES'] ?? 10);
const seed = Number(process.env['CANCELLED_SCORES_SEED'] ?? 1);

const buffers = await watchBuffers();
// No features are kept, so that every score looks at its picture.
const molmo = await Molmo2.load({ ...forcedKernels, featureCacheBytes: 0 });
afterAll(() => molmo.dispose());

const { sample, question } = questionLike(await samples(), { form: 'one crop', says: 'points' });
const input = { ...exactMedia(sample), maxCrops: 1, prompt: question };

test(`${cancels} scores that are cancelled at random moments leave nothing behind (seed ${seed})`, async () => {
  const work = async (signal?: AbortSignal) => {
    const options = signal ? { signal } : {};
    const { tokens, logprob } = await molmo.score({ ...input, answer: 'There are none.' }, options);
    return { tokens, logprob };
  };
  await cancelAtRandom({ buffers, cancels, seed, work });
});

test(`${cancels} answers that must be JSON, cancelled at random moments, leave nothing behind (seed ${seed})`, async () => {
  const properties = { colour: { enum: ['green', 'red'] }, words: { type: 'string', maxLength: 6 } };
  const expectation = { jsonSchema: { type: 'object', properties, required: ['colour', 'words'] } };
  const work = async (signal?: AbortSignal) => {
    const options = { expect: expectation, temperature: 1, seed: 7, ...(signal && { signal }) };
    for await (const event of molmo.ask(input, options)) if (event.type === 'done') return event.answer.text;
    throw new Error('no answer');
  };
  await cancelAtRandom({ buffers, cancels, seed, work });
});
