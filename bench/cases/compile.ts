// How long the pipelines of a first question take to compile, how many they are, and how long their texts are together.

import type { ModelConfig } from '../../src/config.ts';
import { usualDispatches } from '../../src/engine/gpu/warm-up.ts';
import { openGpu } from '../../src/gpu/device.ts';
import { kernelCode, type Dispatch } from '../../src/gpu/kernel.ts';
import { GpuRunner } from '../../src/gpu/runner.ts';
import { expectedTensors } from '../../src/weights/checkpoint/tensor-names.ts';
import { formatOf } from '../../src/weights/formats/formats.ts';
import { describedWeights } from '../../src/weights/open/described-weights.ts';
import type { BenchCase, CaseContext, OpenCase } from '../measure/types.ts';
import { narrowModel, processorOf, releasedModel } from './whole-models.ts';

export function compileCases(): BenchCase[] {
  return [compileCase('narrow model', narrowModel(), true), compileCase('4B', releasedModel(), false)];
}

function compileCase(model: string, config: ModelConfig, software: boolean): BenchCase {
  return {
    suite: 'load',
    name: 'compile, pipelines of a first question',
    shape: `${model}, q4`,
    work: null,
    denominator: null,
    software,
    whole: true,
    // Drivers keep what they compiled: only the first time says what a visitor waits for.
    rounds: 1,
    worth: 2,
    open: (context) => openCompile(context, config),
  };
}

function openCompile(context: CaseContext, config: ModelConfig): Promise<OpenCase> {
  const dispatches = firstQuestion(context, config);
  const texts = new Set(dispatches.map(({ kernel, constants }) => kernelCode(kernel, constants)));
  let compiled = 0;
  return Promise.resolve({
    ours: {
      name: 'molmo2-webgpu',
      async run() {
        // A device of its own has compiled nothing yet.
        const runner = new GpuRunner(await openGpu(), context.kernels);
        try {
          const startMs = performance.now();
          await runner.compile(dispatches);
          const elapsedMs = performance.now() - startMs;
          compiled = runner.pipelines;
          return elapsedMs;
        } finally {
          runner.destroy();
        }
      },
    },
    peer: null,
    // Nothing is computed. That a list needs what was counted shows below.
    check: () => Promise.resolve({ ok: texts.size > 0, error: 0, limit: 0 }),
    figures() {
      if (compiled !== texts.size)
        throw new Error(`${compiled} pipelines were compiled of ${texts.size} texts`);
      const kilobytes = [...texts].reduce((sum, text) => sum + text.length, 0) / 1000;
      return Promise.resolve({ pipelines: compiled, wgslKB: kilobytes });
    },
    close() {},
  });
}

/** What a question about a picture or a video runs, for a bundle in q4. */
function firstQuestion({ runner, kernels }: CaseContext, config: ModelConfig): Dispatch[] {
  const tensors = new Map(
    [...expectedTensors(config)].map(([name, shape]) => [
      name,
      { shape, format: formatOf(name, shape, 'q4') },
    ]),
  );
  const { maxBufferSize, maxStorageBufferBindingSize } = runner.device.limits;
  const weights = describedWeights(
    { tensors, aliases: new Map() },
    { maxBufferSize, maxStorageBufferBindingSize },
  );
  return usualDispatches({ kernels, config, processor: processorOf(config), weights, kv: 'f16' });
}
