// The pipelines that loading compiles, for the released models on devices of all kinds, on Dawn's null backend: it compiles
// and checks as a GPU's would, and computes nothing.

import { expect, test } from 'vitest';
import { archFiles } from '../../cli/synth/arch.ts';
import { modelConfig, processorConfig } from '../../src/read-config.ts';
import { KvCache } from '../../src/decoder/kv-cache.ts';
import { LanguageModel } from '../../src/engine/gpu/language-model.ts';
import { usualDispatches } from '../../src/engine/gpu/warm-up.ts';
import type { Capabilities } from '../../src/gpu/capabilities.ts';
import { formatOf, type WeightFormat } from '../../src/weights/formats/formats.ts';
import { describedWeights } from '../../src/weights/open/described-weights.ts';
import { expectedTensors } from '../../src/weights/checkpoint/tensor-names.ts';
import { narrowWeights, nullRunner } from '../narrow-decoder.ts';

const files = archFiles('molmo2-4b');
const config = modelConfig(files['config.json']);

/** The 4B's weights with decoder matrices in `format`, before any is read. */
function described(format: Exclude<WeightFormat, 'f32'>, limit: number) {
  const shapes = [...expectedTensors(config)];
  const tensors = new Map(
    shapes.map(([name, shape]) => [name, { shape, format: formatOf(name, shape, format) }]),
  );
  const limits = { maxBufferSize: limit, maxStorageBufferBindingSize: limit };
  return describedWeights({ tensors, aliases: new Map() }, limits);
}

const processor = processorConfig(
  {
    image: files['preprocessor_config.json'],
    video: files['video_preprocessor_config.json'],
    processor: files['processor_config.json'],
  },
  config,
);
const wide = 2 ** 32;

const kinds: Record<string, Partial<Capabilities>> = {
  'any GPU': {},
  'a GPU with subgroups': { subgroupSize: 32 },
  'a GPU with 16-bit floats': { subgroupSize: 32, f16: true, f16Bits: true },
  'a GPU with packed integers': { subgroupSize: 32, packedIntegers: true },
  'a processor': { software: true },
};

test.each(Object.entries(kinds))(
  'a question to the 4B finds its pipelines on %s',
  async (_, capabilities) => {
    const runner = await nullRunner(capabilities);
    const { kernels, device } = runner;
    await runner.compile(
      usualDispatches({ kernels, config, processor, weights: described('q4', wide), kv: 'f16' }),
    );
    const compiled = runner.pipelines;
    expect(compiled).toBeGreaterThan(25);
    expect(compiled).toBeLessThan(70);

    const text = { ...config.text, numLayers: 2 };
    const weights = narrowWeights(device, 'molmo2-4b', 'q4');
    const model = new LanguageModel(runner, text, weights);
    const cache = new KvCache(device, text, 300 + 2048, 'f16');
    const ids = new Uint32Array(300);
    await model.prefill(cache, { ids, isImage: new Uint8Array(300), wanted: [299] });
    (await model.createLoop(cache)).destroy();
    expect(runner.pipelines).toBe(compiled);
    cache.destroy();
    model.destroy();
    weights.destroy();
    runner.destroy();
  },
);

test('matrices in parts ask for no pipelines of their own', async () => {
  const runner = await nullRunner();
  const { kernels } = runner;
  const usual = (limit: number) =>
    usualDispatches({ kernels, config, processor, weights: described('q4', limit), kv: 'f16' });
  const whole = usual(wide);
  const parts = usual(2 ** 27);
  expect(parts.length).toBeGreaterThan(whole.length);
  await runner.compile(whole);
  const compiled = runner.pipelines;
  await runner.compile(parts);
  expect(runner.pipelines).toBe(compiled);
  runner.destroy();
});

test('compiling stops at a signal, with its reason', async () => {
  const runner = await nullRunner();
  const { kernels } = runner;
  const dispatches = usualDispatches({
    kernels,
    config,
    processor,
    weights: described('q4', wide),
    kv: 'f16',
  });
  const controller = new AbortController();
  const compiling = runner.compile(dispatches, controller.signal);
  controller.abort(new Error('enough'));
  await expect(compiling).rejects.toThrow('enough');
  expect(runner.pipelines).toBeLessThan(20);
  runner.destroy();
});
