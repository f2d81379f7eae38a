// What rounding activations to int8 costs: beside what rounding the weights costs it must not show. Every question in
// `npm run test:golden`, and in `npm test` some about pictures: a software driver is slow with kernels for GPUs, and slower
// with long caches.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, inject, test } from 'vitest';
import { openGpu } from '../../src/gpu/device.ts';
import { Molmo2, type LoadOptions } from '../../src/index.ts';
import { relativeError } from '../compare.ts';
import { fixtureUrl } from '../fixture-files.ts';
import { expectedTensors, goldenCases, goldenTrace } from '../parity/golden-cases.ts';
import { answerOf, exactMedia, samples } from '../parity/samples.ts';
import { pointScore } from '../point-score.ts';
import { runCli } from './run-cli.ts';

const gpu = await openGpu();
gpu.device.destroy();
const { packedIntegers } = gpu.capabilities;

const folder = mkdtempSync(join(tmpdir(), 'molmo2-packed-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function converted(source: string, weights: string): Promise<string> {
  const out = join(folder, `${source.split('/').at(-2)}-${weights}`);
  const { status, stderr } = await runCli(['convert', source, out, '--weights', weights]);
  expect({ status, stderr: status === 0 ? [] : stderr }).toEqual({ status: 0, stderr: [] });
  return out;
}

const shapes = fileURLToPath(new URL('../../models/shapes/', import.meta.url));
const everyQuestion = (await samples()).flatMap((sample) =>
  sample.questions.map((question) => ({ sample, ...question })),
);
const questions =
  inject('goldenCases') === 'all'
    ? everyQuestion
    : everyQuestion.filter(({ sample }) => sample.kind === 'image').slice(0, 2);

async function score(options: LoadOptions): Promise<number> {
  const molmo = await Molmo2.load(options);
  const texts: string[] = [];
  for (const { sample, question } of questions)
    texts.push(
      (await answerOf(molmo, { ...exactMedia(sample), prompt: question }, { maxNewTokens: 200 })).text,
    );
  molmo.dispose();
  return pointScore(
    texts,
    questions.map(({ truth }) => truth),
  );
}

// In `npm test` kernel-families.test.ts compares logits of packed kernels, over q4.
const limits =
  inject('goldenCases') === 'all'
    ? ([
        ['q8', 3e-2],
        ['q4', 2.5e-1],
      ] as const)
    : [];

const small = (await goldenCases()).filter(({ name }) => name === 'qwen3-image-small');

async function logits(options: LoadOptions): Promise<ArrayLike<number>> {
  const molmo = await Molmo2.load(options);
  const trace = await goldenTrace(small[0]!, molmo);
  molmo.dispose();
  return trace['logits_at']?.data ?? [];
}

if (packedIntegers)
  describe('activations of int8', () => {
    test('leave the points of shapes in q4 where they are, within 0.005 of its F1', async () => {
      const model = await converted(shapes, 'q4');
      const [without, packed] = [await score({ model }), await score({ model, kernels: 'packed' })];
      console.log(`point F1 in q4: ${without.toFixed(4)}, with packed activations ${packed.toFixed(4)}`);
      expect(Math.abs(packed - without)).toBeLessThanOrEqual(0.005);
    });

    // Little more than what rounding the weights costs, and q8 within what it is held to without.
    test.each(limits)(
      'and %s weights give the logits of the PyTorch model within %d',
      async (weights, limit) => {
        const model = await converted(fileURLToPath(fixtureUrl('golden/checkpoint-qwen3/')), weights);
        const expected = (await expectedTensors(small[0]!)).get('logits_at')?.data ?? [];
        const packed = await logits({ model, kernels: 'packed' });
        const floats = await logits({ model, exactActivations: true });
        const [error, own] = [relativeError(packed, expected), relativeError(floats, expected)];
        console.log(
          `${weights}: off by ${own.toExponential(2)}, with packed activations ${error.toExponential(2)}`,
        );
        expect(error).toBeLessThan(limit);
        expect(error).toBeLessThan(own + 1e-2);
        expect(relativeError(packed, floats)).toBeGreaterThan(1e-5); // otherwise nothing was rounded
      },
    );

    test('are refused beside exactActivations, which leaves them out', async () => {
      await expect(Molmo2.load({ kernels: 'packed', exactActivations: true })).rejects.toThrow(
        /options\.kernels is "packed".*exactActivations/,
      );
    });
  });
else test('are for browsers whose WGSL has packed integers', () => expect(packedIntegers).toBe(false));
