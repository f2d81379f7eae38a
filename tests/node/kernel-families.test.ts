// Does every family of kernels that this adapter can run give the answers of PyTorch? A case of each kind in every `npm test`,
// since a software driver takes long to compile what is made for GPUs; more of them with `npm run test:golden`, and 16-bit
// kernels with `npm run test:f16`.

import { afterAll, describe, expect, inject, test, vi } from 'vitest';
import { globals } from 'webgpu';
import { familyCapabilities, kernelFamilies, type KernelFamily } from '../../src/gpu/capabilities.ts';
import { openGpu } from '../../src/gpu/device.ts';
import type { WeightFormat } from '../../src/gpu/matrix.ts';
import { Molmo2, type Answer, type AskEvent } from '../../src/index.ts';
import { relativeError } from '../compare.ts';
import { fixtureUrl } from '../fixture-files.ts';
import { expectGolden } from '../parity/expect-golden.ts';
import { goldenCases, goldenTrace } from '../parity/golden-cases.ts';
import { answerOf, exactMedia, samples } from '../parity/samples.ts';
import { questionLike, type WantedSample } from '../sample-questions.ts';

const gpu = await openGpu();
gpu.device.destroy();
const { software } = gpu.capabilities;
// The chosen kernels of a software driver are run by the other tests.
const families = kernelFamilies.filter(
  (family) => family !== 'software' && familyCapabilities(gpu.capabilities, family) !== null,
);

const all = inject('goldenCases') === 'all';
// In every run words alone: what is made for GPUs and looks at pictures takes this driver longest, and packed-activations.test.ts
// shows it two. The case over stored weights is of the other kind of model.
const caseNames = all ? ['qwen3-text', 'olmo-text', 'olmo-image-small'] : ['olmo-text'];
const sampleForms: readonly WantedSample[] = all ? [{ form: 'one crop' }, { kind: 'video' }] : [];
const formats = all ? (['f16', 'q8', 'q4'] as const) : (['q4'] as const);
/**
 * In every run each family has one of the two: exact weights where nothing is asked of the device, stored ones elsewhere. Packed kernels
 * take a software driver longest to compile; packed-activations.test.ts runs them.
 */
const runsExact = (family: KernelFamily) => all || family === 'portable';
const runsStored = (family: KernelFamily) => all || !['portable', 'packed'].includes(family);

const cases = (await goldenCases()).filter(({ name }) => caseNames.includes(name));
const everySample = await samples();
const questions = sampleForms.map((form) => questionLike(everySample, form));

const sources = vi.spyOn(
  (globals as { GPUDevice: typeof GPUDevice }).GPUDevice.prototype,
  'createShaderModule',
);
afterAll(() => sources.mockRestore());

/** Features that the kernels compiled since the last call ask for. */
function enabledFeatures(): Set<string> {
  const codes = sources.mock.calls
    .splice(0)
    .flatMap(([{ code }]) => (code.includes('@compute') ? [code] : [])); // the others ask what the compiler knows
  expect(codes, 'compiled shaders').not.toHaveLength(0);
  return new Set(
    codes.flatMap((code) => [...code.matchAll(/^(?:enable|requires) (\w+);/gm)].map(([, name = '']) => name)),
  );
}

// Where there are subgroups, kernels that use them come before those that sum in f16.
const quick = gpu.capabilities.subgroupSize === null ? [] : ['subgroups'];
const halves = gpu.capabilities.f16 && quick.length === 0 ? ['f16'] : quick;

/** What shaders of a family ask for, where stored weights are multiplied. */
const features: Record<KernelFamily, readonly string[]> = {
  software: [],
  portable: [],
  subgroups: ['subgroups'],
  f16: halves,
  packed: [...halves, 'packed_4x8_integer_dot_product'].sort(),
};

// Sums in another order; and with `f16` products of 16-bit values, which are summed in f32.
const logitLimits: Record<KernelFamily, number> = {
  software: 2e-5,
  portable: 2e-5,
  subgroups: 2e-5,
  f16: 5e-3,
  packed: 4e-2, // activations rounded to int8, in every layer
};

// Words alone in every run: what is made for GPUs and looks at pictures takes this driver longest to compile.
const storedName = all ? 'qwen3-image-small' : 'qwen3-text';
const storedCase = (await goldenCases()).find(({ name }) => name === storedName)!;
const model = fixtureUrl('golden/checkpoint-qwen3/');

const known = new Map<string, Promise<Float32Array[]>>();

/** Logits of a prompt and of decoded tokens over stored weights. */
function storedLogits(weights: WeightFormat, kernels: KernelFamily): Promise<Float32Array[]> {
  const key = `${weights} ${kernels}`;
  const logits = known.get(key) ?? workOutLogits(weights, kernels);
  known.set(key, logits);
  return logits;
}

async function workOutLogits(weights: WeightFormat, kernels: KernelFamily): Promise<Float32Array[]> {
  const molmo = await Molmo2.load({ model, weights, kernels, cache: false });
  const trace = await goldenTrace(storedCase, molmo);
  molmo.dispose();
  return ['logits_at', 'decode_logits'].map((name) => Float32Array.from(trace[name]?.data ?? []));
}

async function lastAnswer(events: AsyncIterable<AskEvent>): Promise<Answer> {
  for await (const event of events) if (event.type === 'done') return event.answer;
  throw new Error('no answer');
}

/** Cancels a question of a chat, where steps behind it are queued unless the driver is software, and asks another. */
async function checkCancelledChat(molmo: Molmo2): Promise<void> {
  const short = { maxNewTokens: 5 };
  const undisturbed = molmo.chat();
  await lastAnswer(undisturbed.ask({ prompt: 'Hi' }, short));
  const wanted = await lastAnswer(undisturbed.ask({ prompt: 'Caption this image.' }, short));
  const chat = molmo.chat();
  await lastAnswer(chat.ask({ prompt: 'Hi' }, short));
  const controller = new AbortController();
  const cancelled = async () => {
    const { signal } = controller;
    for await (const event of chat.ask({ prompt: 'Find the squares.' }, { maxNewTokens: 60, signal }))
      if (event.type === 'progress' && event.stage === 'decode' && event.done === 3) controller.abort();
  };
  await expect(cancelled()).rejects.toThrow(/abort/);
  const after = await lastAnswer(chat.ask({ prompt: 'Caption this image.' }, short));
  expect(after.tokenIds).toEqual(wanted.tokenIds);
  expect(after.tokenIds.length).toBeGreaterThan(2);
}

test('a software driver runs portable kernels and those with subgroups', () => {
  expect(families).toContain('portable');
  if (software) expect(families).toContain('subgroups');
  expect(cases).toHaveLength(caseNames.length);
  expect(questions).toHaveLength(sampleForms.length);
});

describe.each(families.filter((family) => runsExact(family) || runsStored(family)))(
  '%s kernels',
  (family) => {
    if (runsExact(family)) {
      test.each(cases)('give the tensors of the PyTorch model: $name', async (golden) => {
        const model = await Molmo2.load({
          model: fixtureUrl(`golden/checkpoint-${golden.checkpoint}/`),
          kernels: family,
        });
        await expectGolden(golden, model);
        await checkCancelledChat(model);
        model.dispose();
      });

      test.each(questions)(
        'answer a question to the letter: $sample.name',
        async ({ sample, question, answer }) => {
          const molmo = await Molmo2.load({ kernels: family });
          expect((await answerOf(molmo, { ...exactMedia(sample), prompt: question })).text).toBe(answer);
          molmo.dispose();
        },
      );
    }

    if (runsStored(family))
      test.each(formats)('agree with software kernels over weights in %s', async (format) => {
        const expected = await storedLogits(format, 'software');
        sources.mockClear();
        const actual = await storedLogits(format, family);
        const enabled = enabledFeatures();
        expected.forEach((logits, i) => {
          expect(logits.length).toBeGreaterThan(0);
          expect(relativeError(actual[i] ?? [], logits)).toBeLessThan(logitLimits[family]);
        });
        // Otherwise other kernels ran than those that were asked for.
        expect([...enabled].sort()).toEqual(features[family]);
      });
  },
);

if (!families.includes('f16'))
  test('a family that the adapter lacks is refused', async () => {
    await expect(Molmo2.load({ kernels: 'f16' })).rejects.toThrow(/options\.kernels is "f16".*no shader-f16/);
  });
