// The MLP half of a decoder block: ff_out(silu(gate) * value). Rows 0 .. I-1 of ff_proj make the value, the rest the gate.
// Names: model.transformer.blocks.{i}.mlp.*

import type { Dispatch } from '../gpu/kernel.ts';
import { gatedSilu } from '../kernels/gated-silu.ts';
import { linear } from '../kernels/linear.ts';
import { rmsNorm } from '../kernels/rms-norm.ts';
import { addToResidual, blockMatrix, blockWeight, type BlockInput } from './attention.ts';

export function mlp(input: BlockInput): Dispatch[] {
  const { config, scratch, x } = input;
  const list = config.normAfter
    ? []
    : [rmsNorm(x, blockWeight(input, 'ff_norm.weight'), scratch.normed, config.layerNormEps)];
  return [
    ...list,
    ...linear(
      input.kernels,
      config.normAfter ? x : scratch.normed,
      blockMatrix(input, 'mlp.ff_proj.weight'),
      scratch.fused,
    ),
    gatedSilu(
      { of: scratch.fused, column: config.intermediateSize },
      { of: scratch.fused, column: 0 },
      scratch.hidden,
    ),
    ...addToResidual(input, scratch.hidden, 'mlp.ff_out.weight', 'ff_norm.weight'),
  ];
}
