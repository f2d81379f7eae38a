import { describe, expect, test } from 'vitest';
import { archFiles, type ArchName } from '../../cli/synth/arch.ts';
import { kernelScratchBytes } from '../../src/gpu/kernel-settings.ts';
import { modelConfig } from '../../src/read-config.ts';
import { planBundle, type BundleWeights } from '../../src/weights/bundle/bundle-plan.ts';
import { kvBytesPerToken, planLoad, scratchBytes, type PlanInput } from '../../src/weights/planner.ts';
import { expectedTensors } from '../../src/weights/checkpoint/tensor-names.ts';

const GiB = 2 ** 30;
const MiB = 2 ** 20;
const generous = { maxBufferSize: 4 * GiB, maxStorageBufferBindingSize: 4 * GiB };
const smallest = { maxBufferSize: 256 * MiB, maxStorageBufferBindingSize: 128 * MiB };

function input(name: ArchName, weights: BundleWeights, changes: Partial<Omit<PlanInput, 'tensors'>> = {}) {
  const config = modelConfig(archFiles(name)['config.json']);
  const { tensors } = planBundle(expectedTensors(config), weights);
  return { config, tensors, downloadBytes: 1, limits: generous, memoryBytes: null, ...changes };
}

describe('the plan of a load', () => {
  test('counts weights as they lie in the bundle, and keys and values of every layer', () => {
    const plan = planLoad(input('molmo2-4b', 'q4'));
    // 36 layers, K and V, 8 heads of 128, f16.
    expect(plan).toMatchObject({ kv: 'f16', kvBytesPer1000Tokens: 36 * 2 * 8 * 128 * 2 * 1000 });
    expect(plan).toMatchObject({ verdict: 'fits', contextTokens: 36864 });
    expect(plan.weightBytes).toBeGreaterThan(3e9);
    expect(plan.weightBytes).toBeLessThan(3.5e9);
  });

  test('fits with fewer tokens when memory is short, and what it promises does fit', () => {
    const asked = input('molmo2-4b', 'q4', { memoryBytes: 6 * GiB, kv: 'f32' });
    const plan = planLoad(asked);
    expect(plan.verdict).toBe('fits-with');
    expect(plan.message).toMatch(
      new RegExp(`at most ${plan.contextTokens} tokens of 36864.*6\\.4 GB may be used`),
    );
    const need = (tokens: number) =>
      plan.weightBytes +
      plan.featureCacheBytes +
      kernelScratchBytes +
      tokens * kvBytesPerToken(asked.config, 'f32') +
      scratchBytes(asked.config, tokens);
    expect(need(plan.contextTokens)).toBeLessThanOrEqual(6 * GiB);
    expect(need(plan.contextTokens + 1)).toBeGreaterThan(6 * GiB);
  });

  test('counts what features may take, and lets them go before the model', () => {
    const plan = planLoad(input('molmo2-4b', 'q4', { memoryBytes: 6 * GiB }));
    expect(plan.featureCacheBytes).toBe(256 * MiB);
    expect(plan.message).toContain('6.4 GB may be used, 269 MB of it for kept features');
    const without = planLoad(input('molmo2-4b', 'q4', { memoryBytes: 6 * GiB, featureCacheBytes: 0 }));
    expect(without.contextTokens).toBeGreaterThan(plan.contextTokens + 1000);
    expect(without.message).not.toContain('features');
    const tight = planLoad(input('molmo2-4b', 'q4', { memoryBytes: plan.weightBytes + 800 * MiB }));
    expect(tight).toMatchObject({ verdict: 'fits-with', featureCacheBytes: 0 });
    expect(tight.message).toMatch(/^Fits with featureCacheBytes 0 and at most \d+ tokens/);
  });

  test('counts the memory that matrix products share, which drivers on the processor go without', () => {
    const [gpu, software] = [
      planLoad(input('molmo2-4b', 'q4')),
      planLoad(input('molmo2-4b', 'q4', { software: true })),
    ];
    expect(gpu.scratchBytes - software.scratchBytes).toBe(32 * MiB);
  });

  test('does not fit where not even a picture and an answer have room, with the numbers', () => {
    const plan = planLoad(input('molmo2-8b', 'f16', { memoryBytes: 12 * GiB }));
    expect(plan.verdict).toBe('does-not-fit');
    expect(plan.message).toMatch(/GB of weights.*for every 1,000 tokens.*12\.9 GB may be used.*q4/);
  });

  test.each(['molmo2-4b', 'molmo2-8b', 'molmo2-o-7b'] as const)(
    'the smallest limits of any device hold %s in every format: matrices are cut',
    (name) => {
      for (const weights of ['f16', 'q8', 'q4'] as const)
        expect(planLoad(input(name, weights, { limits: smallest })).verdict).not.toBe('does-not-fit');
    },
  );

  test('limits of a device can shorten the context: a layer of keys is one buffer', () => {
    const plan = planLoad(input('molmo2-o-7b', 'q4', { limits: smallest }));
    // 32 heads of 128 in f16 are 8 KiB a token.
    expect(plan).toMatchObject({ verdict: 'fits-with', contextTokens: (128 * MiB) / (8 * 1024) });
  });

  test('says what int8 keys and values would save where the context is short', () => {
    const asked = { memoryBytes: 5 * GiB, contextTokens: 33_000 };
    const plan = planLoad(input('molmo2-4b', 'q4', asked));
    const saving = planLoad(input('molmo2-4b', 'q4', { ...asked, kv: 'int8' }));
    // A code for each value, and two halves for each of 8 heads.
    expect(saving.kvBytesPer1000Tokens).toBe(36 * (2 * 8 * 128 + 8 * 4) * 1000);
    expect(saving.contextTokens).toBeGreaterThan(1.5 * plan.contextTokens);
    expect(plan.message).toContain(`With kv int8 there is room for ${saving.contextTokens}: 75 MB`);
    expect(saving.message).not.toContain('With kv int8');
  });

  test('weights that are computed exactly keep exact keys and values', () => {
    const asked = input('molmo2-4b', 'f16');
    const tensors = asked.tensors.map((tensor) => ({ ...tensor, format: 'f32' as const }));
    expect(planLoad({ ...asked, tensors }).kv).toBe('f32');
  });

  test('a device that cannot hold 128 rows of a matrix is told which', () => {
    const limits = { maxBufferSize: 64 * 1024, maxStorageBufferBindingSize: 64 * 1024 };
    const plan = planLoad(input('molmo2-4b', 'f16', { limits }));
    expect(plan.verdict).toBe('does-not-fit');
    expect(plan.message).toMatch(/model\.transformer\.wte\.embedding needs larger buffers/);
  });
});
