// Which linear layers are measured: those of the three released models, of `shapes`, and middle sizes that a software
// driver finishes.

import type { WeightFormat } from '../../src/gpu/matrix.ts';
import type { BenchCase } from '../measure/types.ts';
import { linearCase } from './linear.ts';

type Layer = readonly [name: string, k: number, columns: number];

// Fused: ff_proj makes value and gate, att_proj queries, keys and values.
const released: Readonly<Record<string, readonly Layer[]>> = {
  'molmo2-4b': [
    ['att_proj', 2560, 6144],
    ['attn_out', 4096, 2560],
    ['ff_proj', 2560, 19456],
    ['ff_out', 9728, 2560],
    ['lm_head', 2560, 151936],
  ],
  'molmo2-8b': [
    ['att_proj', 4096, 6144],
    ['ff_proj', 4096, 24576],
    ['ff_out', 12288, 4096],
  ],
  'molmo2-o-7b': [
    ['att_proj', 4096, 12288],
    ['ff_proj', 4096, 22016],
    ['ff_out', 11008, 4096],
    ['lm_head', 4096, 100278],
  ],
};
const shapes: readonly Layer[] = [
  ['att_proj', 128, 256],
  ['ff_proj', 128, 640],
  ['ff_out', 320, 128],
];
const middle: Layer = ['middle', 1024, 1024];
const formats: readonly WeightFormat[] = ['q4', 'q8', 'f16', 'f32'];
const prefillRows = 512;

export function linearKernelCases(): BenchCase[] {
  const of = (model: string, [layer, k, columns]: Layer, rows: number, format: WeightFormat, worth?: 1 | 4) =>
    linearCase({
      suite: 'kernels',
      model: `${model} ${layer}`,
      format,
      rows,
      columns,
      k,
      ...(worth && { worth }),
    });
  const cases: BenchCase[] = [];
  for (const rows of [1, 128])
    for (const format of formats) cases.push(of('middle', ['size', middle[1], middle[2]], rows, format));
  for (const layer of shapes) for (const rows of [1, 256]) cases.push(of('shapes', layer, rows, 'f32'));
  for (const [model, layers] of Object.entries(released))
    for (const layer of layers) {
      const isHead = layer[0] === 'lm_head';
      for (const rows of isHead ? [1] : [1, prefillRows])
        for (const format of formats)
          // f32 weights of the released sizes are never multiplied; the head of a model shows each format once more.
          if (format !== 'f32' && !(isHead && format === 'f16'))
            cases.push(of(model, layer, rows, format, worthOf(model, layer[0], format)));
    }
  for (const [layer, k, columns] of vit) {
    for (const format of ['f16', 'f32'] as const) cases.push(of('vit', [layer, k, columns], 729, format));
    // A batch of crops, as the encoder computes them.
    cases.push(of('vit, 8 crops,', [layer, k, columns], 8 * 729, 'f16', 1));
  }
  return cases;
}

/** The layers that take most of the 4B's time come first, other models last. */
function worthOf(model: string, layer: string, format: WeightFormat): 1 | 4 | undefined {
  if (model !== 'molmo2-4b') return 4;
  return format === 'q4' && layer.startsWith('ff_') ? 1 : undefined;
}

const vit: readonly Layer[] = [
  ['wq', 1152, 1152],
  ['w1', 1152, 4304],
  ['w2', 4304, 1152],
];
