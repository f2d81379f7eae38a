// What rounding activations to int8 costs: beside what rounding the weights costs it must not show. Every question in
// `npm run test:golden`, and in `npm test` some about pictures: a software driver is slow with kernels for GPUs, and slower
// with long caches.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, inject, test, vi } from 'vitest';
import { globals } from 'webgpu';
import { openGpu } from '../../src/gpu/device.ts';
import { Molmo2, type Answer, type LoadOptions } from '../../src/index.ts';
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
const shaders = vi.spyOn(
  (globals as { GPUDevice: typeof GPUDevice }).GPUDevice.prototype,
  'createShaderModule',
);
afterAll(() => {
  shaders.mockRestore();
  rmSync(folder, { recursive: true });
});

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

const inputOf = ({ sample, question }: (typeof questions)[number]) => ({
  ...exactMedia(sample),
  prompt: question,
});

interface Outcome {
  readonly answers: readonly Answer[];
  readonly f1: number;
  /** Log probabilities of the tokens of `fed`, or of the model's own answer, to the first question. */
  readonly logprobs: readonly number[];
}

async function outcomeOf(options: LoadOptions, fed?: readonly number[]): Promise<Outcome> {
  const molmo = await Molmo2.load(options);
  const answers: Answer[] = [];
  for (const one of questions) answers.push(await answerOf(molmo, inputOf(one), { maxNewTokens: 200 }));
  const { tokens } = await molmo.score({ ...inputOf(questions[0]!), answer: fed ?? answers[0]!.tokenIds });
  molmo.dispose();
  const truths = questions.map(({ truth }) => truth);
  return {
    answers,
    f1: pointScore(
      answers.map(({ text }) => text),
      truths,
    ),
    logprobs: tokens.map(({ logprob }) => logprob),
  };
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
      const without = await outcomeOf({ model });
      shaders.mockClear();
      const packed = await outcomeOf({ model, kernels: 'packed' }, without.answers[0]!.tokenIds);
      console.log(
        `point F1 in q4: ${without.f1.toFixed(4)}, with packed activations ${packed.f1.toFixed(4)}`,
      );
      expect(Math.abs(packed.f1 - without.f1)).toBeLessThanOrEqual(0.005);
      // Otherwise other kernels ran than those that were asked for.
      const packing = shaders.mock.calls.filter(([{ code }]) =>
        code.includes('requires packed_4x8_integer_dot_product'),
      );
      expect(packing.length).toBeGreaterThan(2);
      const shifts = packed.logprobs.map((logprob, i) => Math.abs(logprob - without.logprobs[i]!));
      console.log(
        `log probabilities of ${shifts.length} tokens move by ${Math.max(...shifts).toFixed(4)} at most`,
      );
      expect(Math.max(...shifts)).toBeGreaterThan(0);
      expect(Math.max(...shifts)).toBeLessThan(0.5);
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
