// The MLP half of a decoder block: ff_out(silu(gate) * value). Rows 0 .. I-1 of ff_proj make the value, the rest the gate.
// Names: model.transformer.blocks.{i}.mlp.*

import type { Dispatch } from '../gpu/kernel.ts';
import { gatedLinear } from '../kernels/linear/gated-linear.ts';
import { addToResidual, blockMatrix, blockWeight, type BlockInput } from './attention.ts';

export function mlp(input: BlockInput): Dispatch[] {
  const { kernels, config, scratch, x, cursor } = input;
  const norm = config.normAfter
    ? null
    : { weight: blockWeight(input, 'ff_norm.weight'), eps: config.layerNormEps };
  const ffProj = blockMatrix(input, 'mlp.ff_proj.weight');
  return [
    ...gatedLinear(kernels, x, norm, ffProj, scratch.hidden, scratch, { cursor }),
    ...addToResidual(input, scratch.hidden, 'mlp.ff_out.weight', 'ff_norm.weight'),
  ];
}
