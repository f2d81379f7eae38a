// One encoder block of the vision tower in f32 at its true width, beside the peer.

import { invariant } from '../../../src/errors.ts';
import { Arena, writeTensor } from '../../../src/gpu/arena.ts';
import type { Dispatch } from '../../../src/gpu/kernel.ts';
import { imageVit, vitScratch } from '../../../src/vision/image-vit.ts';
import { decodeMatrix } from '../../../src/weights/formats/formats.ts';
import { expectedTensors } from '../../../src/weights/checkpoint/tensor-names.ts';
import { productLimit } from '../../measure/limits.ts';
import { peerLimits } from '../../peer/peer-limits.ts';
import { vitBlockModel } from '../../peer/vit-block-graph.ts';
import { randomFloats, spread } from '../../inputs/random.ts';
import { randomWeights, type RandomWeights } from '../../inputs/random-weights.ts';
import { checked } from '../../measure/check.ts';
import type { BenchCase, CaseContext, CheckResult, OpenCase } from '../../measure/types.ts';
import { openShared } from './open-shared.ts';
import { attended, geluTanh, layerNormed, products } from '../reference-math.ts';
import { cutModel } from '../released-shapes.ts';

const prefix = 'model.vision_backbone.image_vit.';
const block = `${prefix}transformer.resblocks.0.`;

export function sharedVitCases(): BenchCase[] {
  return [
    vitCase(36, true), // 1 GFLOP
    vitCase(729, false),
  ];
}

function vitCase(patches: number, software: boolean): BenchCase {
  const { vit } = cutModel({ patches });
  const linear = patches * vit.hiddenSize * (4 * vit.hiddenSize + 2 * vit.intermediateSize);
  const attention = 2 * patches * patches * vit.hiddenSize;
  return {
    suite: 'vision',
    name: 'ViT block f32 with the peer',
    shape: `${patches} patches of ${vit.hiddenSize}, 16 heads of 72, MLP ${vit.intermediateSize}`,
    work: { amount: (2 * (linear + attention)) / 1e9, unit: 'GFLOP' },
    denominator: 'fma32Gflops',
    software,
    worth: software ? 2 : 1,
    gpuSec: 5,
    open: (context) => openVitBlock(context, patches),
  };
}

async function openVitBlock(context: CaseContext, patches: number): Promise<OpenCase> {
  const { runner, kernels } = context;
  const config = cutModel({ patches });
  const { hiddenSize, intermediateSize, numHeads, headDim, layerNormEps } = config.vit;
  const shapes = new Map([...expectedTensors(config)].filter(([name]) => name.startsWith(prefix)));
  const weights = await randomWeights(runner, shapes, 'f32', 3);
  const arena = new Arena(runner.device, 'bench vit block');
  const values = randomFloats(4, patches * hiddenSize);
  const scratch = vitScratch(config, arena, 1);
  const table = arena.tensor('table', [3, 256]);
  const taps = arena.tensor('taps', [patches, hiddenSize]);
  const list = imageVit(kernels, config, weights, table, scratch, 1, { taps, row: 0 });
  const shape = { rows: patches, width: hiddenSize, hidden: intermediateSize, heads: numHeads, headDim };
  return openShared(context, {
    name: 'ViT block f32',
    arena,
    lists: [blockOnly(list)],
    reset: () => writeTensor(runner.device, scratch.x, values),
    result: async () => new Float32Array(await runner.read(scratch.x)),
    compare: async (): Promise<CheckResult> => {
      const actual = new Float32Array(await runner.read(scratch.x));
      const rows = spread(3, patches);
      const rowOf = blockReference(config.vit, weights, values);
      const expected = rows.flatMap((row) => [...rowOf(row)]);
      const own = rows.flatMap((row) => [...actual.subarray(row * hiddenSize, (row + 1) * hiddenSize)]);
      return checked(own, expected, productLimit(kernels, { rows: 1, format: 'f32' }));
    },
    peer: {
      graphs: (['MultiHeadAttention', 'MatMul and Softmax'] as const).map((form) => ({
        name: form,
        model: () =>
          vitBlockModel({ ...shape, eps: layerNormEps }, { get: (name) => blockValues(weights, name) }, form),
        limit: peerLimits.exact,
        inputs: { x: { type: 'float32', shape: [1, patches, hiddenSize], data: values } },
      })),
      output: 'y',
    },
    close: () => weights.destroy(),
  });
}

/** What lies between the embedding of the patches and the copy of the tapped block. */
function blockOnly(list: readonly Dispatch[]): readonly Dispatch[] {
  const start = list.findIndex(({ kernel }) => kernel.name === 'add-positions') + 1;
  const end = list.findIndex(({ kernel }) => kernel.name === 'copy-columns');
  invariant(start > 0 && end > start, 'the tower begins with positions and ends with a tap');
  return list.slice(start, end);
}

function blockValues(weights: RandomWeights, name: string): Float32Array<ArrayBuffer> {
  const full = block + name;
  if (!/(w[qkvo12])\.weight$/.test(name)) return weights.vector(full);
  const { format, bytes, rows, columns } = weights.stored(full);
  return decodeMatrix(format, bytes, rows, columns);
}

/** Rows of the block's output; keys and values need all of its input, and are made once. */
function blockReference(
  vit: ReturnType<typeof cutModel>['vit'],
  weights: RandomWeights,
  values: Float32Array,
): (row: number) => Float64Array {
  const C = vit.hiddenSize;
  const w = (name: string) => blockValues(weights, name);
  const layer = (x: Float64Array, name: string, k: number) =>
    products(x, w(`${name}.weight`), k, w(`${name}.bias`));
  const norm = (x: Float64Array, name: string) =>
    layerNormed(x, w(`${name}.weight`), w(`${name}.bias`), vit.layerNormEps);
  const x = Float64Array.from(values);
  const normed = norm(x, 'attention_norm');
  const heads = { heads: vit.numHeads, kvHeads: vit.numKvHeads, headDim: vit.headDim };
  const keys = layer(normed, 'attention.wk', C);
  const mixedValues = layer(normed, 'attention.wv', C);
  return (row) => {
    const own = (of: Float64Array) => of.subarray(row * C, (row + 1) * C);
    const mixed = attended(layer(own(normed), 'attention.wq', C), keys, mixedValues, heads);
    const residual = layer(mixed, 'attention.wo', C).map((value, i) => value + (own(x)[i] ?? 0));
    const hidden = layer(norm(residual, 'ffn_norm'), 'feed_forward.w1', C).map(geluTanh);
    return layer(hidden, 'feed_forward.w2', vit.intermediateSize).map(
      (value, i) => value + (residual[i] ?? 0),
    );
  };
}
