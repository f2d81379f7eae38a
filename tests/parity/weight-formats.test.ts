// How far do logits move when a checkpoint's matrices are stored as f16, q8 or q4, converted on the GPU?

import { expect, test } from 'vitest';
import { openFiles } from '#weights/source/open-files';
import { LanguageModel } from '../../src/engine/gpu/language-model.ts';
import { GpuRunner } from '../../src/gpu/runner.ts';
import { openCheckpoint, type Checkpoint } from '../../src/weights/checkpoint/checkpoint.ts';
import { formatOf, isMatrix, type WeightFormat } from '../../src/weights/formats/formats.ts';
import { GpuQuantizer } from '../../src/weights/store/gpu-quantizer.ts';
import { readable } from '../../src/weights/checkpoint/safetensors.ts';
import { GpuStore } from '../../src/weights/store/gpu-store.ts';
import { expectedTensors } from '../../src/weights/checkpoint/tensor-names.ts';
import type { Weights } from '../../src/weights/store/weights.ts';
import { relativeError } from '../compare.ts';
import { fixtureUrl } from '../fixture-files.ts';
import { forcedFamily } from '../forced-family.ts';
import { integers } from '../kernels/random.ts';

/** The checkpoint with its matrices in one format; f32 means all of them. */
async function storedAs(format: WeightFormat, runner: GpuRunner, checkpoint: Checkpoint): Promise<Weights> {
  const shapes = [...expectedTensors(checkpoint.config)];
  const expected = shapes.map(
    ([name, shape]) =>
      [name, { shape, format: format === 'f32' ? format : formatOf(name, shape, format) }] as const,
  );
  const store = new GpuStore(runner.device, new Map(expected));
  const quantizer = new GpuQuantizer(runner.device, store);
  for (const [name, shape] of shapes) {
    const stored = checkpoint.tensors.get(name)!;
    const { file, start, end, dtype: type } = readable(stored, stored.file);
    const bytes = await checkpoint.files.readRange(file, start, end);
    if (isMatrix(name, shape)) await quantizer.writeRows(name, { firstRow: 0, rows: shape[0]!, type, bytes });
    else quantizer.writeVector(name, type, bytes);
  }
  await quantizer.finish();
  quantizer.destroy();
  return store.weights();
}

/** Logits of the last tokens of a prompt, and of a token that is decoded after it. */
async function logits(runner: GpuRunner, checkpoint: Checkpoint, weights: Weights): Promise<Float32Array> {
  const { text } = checkpoint.config;
  const model = new LanguageModel(runner, text, weights);
  const ids = integers(3, 40, text.vocabSize);
  const isImage = Uint8Array.from(ids, (_, i) => (i >= 4 && i < 20 ? 1 : 0));
  const cache = model.createCache(ids.length + 1, 'f32');
  const prompt = await model.prefill(cache, { ids, isImage, wanted: [30, 38, 39] });
  const loop = await model.createLoop(cache);
  loop.feed(7);
  const decoded = await loop.logits();
  loop.destroy();
  cache.destroy();
  return Float32Array.of(...prompt, ...decoded);
}

test.each(['qwen3', 'olmo'] as const)(
  'stored weights move the logits of %s no further than they may',
  async (name) => {
    const runner = await GpuRunner.open(forcedFamily);
    const base = fixtureUrl(`golden/checkpoint-${name}/`).href;
    const checkpoint = await openCheckpoint(openFiles({ kind: 'folder-url', label: name, base }));
    const values: Record<string, Float32Array> = {};
    for (const format of ['f32', 'f16', 'q8', 'q4'] as const) {
      const weights = await storedAs(format, runner, checkpoint);
      values[format] = await logits(runner, checkpoint, weights);
      weights.destroy();
    }
    const errorOf = (format: string) => relativeError(values[format]!, values['f32']!);
    const errors = { f16: errorOf('f16'), q8: errorOf('q8'), q4: errorOf('q4') };
    expect(errors.f16).toBeLessThan(2e-3);
    expect(errors.q8).toBeLessThan(3e-2);
    expect(errors.q4).toBeLessThan(0.5);
    expect(errors.q4).toBeGreaterThan(errors.q8);
    runner.destroy();
  },
);
