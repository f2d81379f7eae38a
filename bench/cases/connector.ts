// From the tapped encoder layers to the decoder's width: attention pooling and the projector, at their true widths.

import { Arena } from '../../src/gpu/arena.ts';
import { imagePooling2d, poolingScratch } from '../../src/vision/image-pooling-2d.ts';
import { imageProjector, projectorScratch } from '../../src/vision/image-projector.ts';
import { decodeMatrix } from '../../src/weights/formats/formats.ts';
import { expectedTensors } from '../../src/weights/checkpoint/tensor-names.ts';
import { productLimit } from '../measure/limits.ts';
import { randomFloats } from '../inputs/random.ts';
import { randomWeights, type RandomWeights } from '../inputs/random-weights.ts';
import type { BenchCase, CaseContext } from '../measure/types.ts';
import { compareRows, openKernel } from './open-kernel.ts';
import { attended, products, silu } from './reference-math.ts';
import { cutModel } from './released-shapes.ts';

const window = 9;

export function connectorCases(): BenchCase[] {
  return [connectorCase(1, 81, true), connectorCase(8, 729, false)];
}

/** The 4B with both taps of the released models. */
function connectorModel(patches: number) {
  const config = cutModel({ patches });
  return { ...config, adapter: { ...config.adapter, vitLayers: [0, 1] } };
}

function connectorCase(frames: number, patches: number, software: boolean): BenchCase {
  const { adapter, vit, text } = connectorModel(patches);
  const tokens = (frames * patches) / window;
  const A = adapter.hiddenSize;
  const width = 2 * vit.hiddenSize;
  const pooling = 2 * frames * patches * width * A + tokens * A * (width + A);
  const projector = tokens * adapter.intermediateSize * (2 * A + text.hiddenSize);
  return {
    suite: 'vision',
    name: 'pooling and projector f16',
    shape: `${frames} x ${patches} patches to ${tokens} tokens of ${text.hiddenSize}`,
    work: { amount: (2 * (pooling + projector)) / 1e9, unit: 'GFLOP' },
    denominator: 'fma32Gflops',
    software,
    open: (context) => openConnector(context, frames, patches),
  };
}

async function openConnector(context: CaseContext, frames: number, patches: number) {
  const { runner, kernels } = context;
  const config = connectorModel(patches);
  const rows = frames * patches;
  const tokens = rows / window;
  const width = 2 * config.vit.hiddenSize;
  const shapes = [...expectedTensors(config)].filter(([name]) => /image_(pooling_2d|projector)/.test(name));
  const weights = await randomWeights(runner, new Map(shapes), 'f16', 7);
  const arena = new Arena(runner.device, 'bench connector');
  const values = randomFloats(8, rows * width);
  const taps = arena.tensorOf('taps', [rows, width], values);
  // Each token pools nine neighbours in the order of memory, which costs the same as nine in a square.
  const windows = arena.tensorOf(
    'windows',
    [tokens, window],
    Int32Array.from({ length: rows }, (_, i) => i),
  );
  const pooling = poolingScratch(config, arena, rows, tokens);
  const features = arena.tensor('features', [tokens, config.text.hiddenSize]);
  const reference = connectorReference(config, weights);
  return openKernel(context, {
    name: 'pooling and projector',
    arena,
    lists: [
      [
        ...imagePooling2d(kernels, config, weights, taps, windows, pooling),
        ...imageProjector(
          kernels,
          weights,
          pooling.pooled,
          projectorScratch(config, arena, tokens),
          features,
        ),
      ],
    ],
    compare: () =>
      compareRows(
        context,
        features,
        (token) => reference(values.subarray(token * window * width, (token + 1) * window * width)),
        productLimit(kernels, { rows: 1, format: 'f16' }),
        2,
      ),
    close: () => weights.destroy(),
  });
}

/** The features of a token from the rows [9, taps * E] of its window, in f64. */
function connectorReference({ adapter }: ReturnType<typeof connectorModel>, weights: RandomWeights) {
  const known = new Map<string, Float32Array>();
  const matrix = (name: string) => {
    const { format, bytes, rows, columns } = weights.stored(name);
    const values = known.get(name) ?? decodeMatrix(format, bytes, rows, columns);
    known.set(name, values);
    return values;
  };
  const pooling = (x: Float64Array, name: string, k: number) =>
    products(
      x,
      matrix(`model.vision_backbone.image_pooling_2d.${name}.weight`),
      k,
      weights.vector(`model.vision_backbone.image_pooling_2d.${name}.bias`),
    );
  const projector = (x: Float64Array, name: string) =>
    products(x, matrix(`model.vision_backbone.image_projector.${name}.weight`), x.length);
  return (rows: Float32Array): Float64Array => {
    const own = Float64Array.from(rows);
    const width = own.length / window;
    const mean = Float64Array.from({ length: width }, (_, column) => {
      let sum = 0;
      for (let i = 0; i < window; i++) sum += own[i * width + column] ?? 0;
      return sum / window;
    });
    const heads = { heads: adapter.numHeads, kvHeads: adapter.numKvHeads, headDim: adapter.headDim };
    const q = pooling(mean, 'wq', width);
    const mixed = attended(q, pooling(own, 'wk', width), pooling(own, 'wv', width), heads);
    const pooled = pooling(mixed, 'wo', mixed.length);
    const value = projector(pooled, 'w3');
    const hidden = projector(pooled, 'w1').map((gate, i) => silu(gate) * (value[i] ?? 0));
    return projector(hidden, 'w2');
  };
}
